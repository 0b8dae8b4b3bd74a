export { type Connection, DRAIN_MARK, type Listener, type StartTlsOptions } from './connection.ts'
export { createMemoryPair, type MemoryPairOptions } from './memory-pair.ts'
export type { TlsSecurity } from './tls-security.ts'
export { TransportError, type TransportErrorCode } from './transport-error.ts'
