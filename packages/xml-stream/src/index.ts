export { asWritten, type ContentNamespace } from './content-namespace.ts'
export { compareVersions, parseVersion, type StreamHeader, type StreamVersion } from './header.ts'
export { DEFAULT_LIMITS, type StreamLimits, UNAUTHENTICATED_LIMITS, WRITTEN_LIMITS } from './limits.ts'
export { FRAMING_NAMESPACE, STREAM_NAMESPACE, STREAMS_ERROR_NAMESPACE } from './namespaces.ts'
export {
  STREAM_ERROR_CONDITIONS,
  StreamError,
  type StreamErrorCondition,
  type StreamErrorOptions,
} from './stream-error.ts'
export { type Framing, type StreamHandler, StreamParser, type StreamParserOptions } from './stream-parser.ts'
export { StreamWriter, type StreamWriterOptions } from './stream-writer.ts'
