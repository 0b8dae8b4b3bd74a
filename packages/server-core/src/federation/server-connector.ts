import type { Connection } from '@parlour/transport'
import type { Signal } from './abort.ts'

/** An endpoint of another domain's server. */
export interface ServerTarget {
  /** A host name, or the literal of an address. */
  readonly host: string
  readonly port: number
  /** `direct-tls`: TLS from the first byte (XEP-0368). */
  readonly security: 'direct-tls' | 'starttls'
}

/** The domains of a connection that is to be made. */
export interface ServerNames {
  /** Ours: its certificate is presented. */
  readonly local: string
  /** The other: sent as SNI. */
  readonly remote: string
}

/** The way to other servers: DNS and TCP. Implemented outside, over adapters. */
export interface ServerConnector {
  /**
   * The endpoints of a domain, in the order in which they are to be tried (RFC 6120 §3.2, XEP-0368).
   * Rejects with an Error whose `code` is `not-found`, `not-offered`, `timeout`, `failed` or `aborted`.
   */
  locate(domain: string, signal: Signal): Promise<readonly ServerTarget[]>
  /**
   * Connects to one endpoint, of whichever of its addresses; with `direct-tls` the handshake is done when the promise
   * resolves. The certificate of `names.local` is presented; the peer's is not judged: that is done here, by
   * `TlsSecurity.verifyPeerChain`. Rejects with an Error that says why.
   */
  connect(target: ServerTarget, names: ServerNames, signal: Signal): Promise<Connection>
}
