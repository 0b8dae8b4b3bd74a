export {
  type ArchiveEnd,
  type ArchiveExtent,
  metadataElement,
  metadataRequest,
  readMetadata,
} from './protocol/metadata.ts'
export * from './protocol/namespaces.ts'
export {
  type ArchiveDefault,
  type ArchivePreferences,
  isPreferred,
  preferencesElement,
  preferencesRequest,
  readPreferences,
} from './protocol/preferences.ts'
export {
  type ArchiveFilter,
  type ArchiveQueryRequest,
  queryElement,
  queryFormElement,
  readQuery,
} from './protocol/query.ts'
export {
  type PageRequest,
  pageRequestElement,
  RESULT_SET_NAMESPACE,
  type ResultSet,
  readPageRequest,
  readResultSet,
  resultSetElement,
} from './protocol/result-set.ts'
export {
  type ArchiveResult,
  archiveResultElement,
  type PageEnd,
  pageEndElement,
  readArchiveResult,
  readPageEnd,
} from './protocol/results.ts'
