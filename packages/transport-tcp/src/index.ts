export type { TrustOptions } from './authorities.ts'
export {
  type Certificate,
  CertificateError,
  CertificateStore,
  type CertificateStoreOptions,
} from './certificate-store.ts'
export { type ConnectOptions, connectTcp } from './connect.ts'
export { type ListenOptions, listenTcp } from './listen.ts'
export { SessionTickets } from './session-tickets.ts'
