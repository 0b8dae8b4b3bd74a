export { PortableDataError, type PortableDataErrorCode } from './portable-data-error.ts'
export type { ElementName, FoundEvent, Place, PortableEvent } from './portable-event.ts'
export { type ReadEvent, type ReadPortableDataOptions, readPortableData } from './read-document.ts'
export {
  DEFAULT_PORTABLE_DATA_LIMITS,
  type PortableDataLimits,
  PortableDataReader,
  type PortableDataReaderOptions,
} from './reader.ts'
export {
  CONTAINERS,
  MESSAGE_ARCHIVE,
  OFFLINE_MESSAGES,
  PORTABLE_ARCHIVE_NAMESPACE,
  PORTABLE_DATA_NAMESPACE,
  PORTABLE_SCRAM_NAMESPACE,
  type PortableCredentials,
  PRIVATE_XML,
  ROSTER,
  readScramCredentials,
  scramCredentialsElement,
  XINCLUDE_NAMESPACE,
} from './wire.ts'
export { PortableDataWriter } from './writer.ts'
