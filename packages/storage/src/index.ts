export {
  checkName,
  checkQuery,
  checkWrites,
  encodeValue,
  MAX_NAME_LENGTH,
  MAX_PAGE,
  MAX_VALUE_LENGTH,
  pageSize,
} from './check.ts'
export { type Json, sameJson } from './json.ts'
export { createMemoryStorage } from './memory.ts'
export { MAX_SEARCH_WORDS, searchWords } from './search-words.ts'
export type {
  Append,
  ArchiveEntry,
  ArchivePage,
  ArchiveQuery,
  Clear,
  Delete,
  Expect,
  Put,
  Remove,
  Replace,
  Storage,
  Write,
} from './storage.ts'
export { StorageError, type StorageErrorCode } from './storage-error.ts'
