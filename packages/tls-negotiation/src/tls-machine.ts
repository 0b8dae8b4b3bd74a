import type { Element } from '@parlour/xml'

/** What a step of a TLS machine yields: the next state, and what the driver is to do, in this order. */
export interface TlsStep<State> {
  readonly state: State
  readonly outputs: readonly TlsOutput[]
}

/** What a driver is to do for a TLS machine. */
export type TlsOutput =
  /** Send an element in plain text. */
  | { readonly type: 'send'; readonly element: Element }
  /**
   * Start the handshake now. All plain text that was received but not yet processed must be thrown away first: bytes
   * behind the command that began TLS are an injection (RFC 6120 §5.4.3.3; §5.3.3).
   */
  | { readonly type: 'start-tls' }
  /** Everything learned in plain text is void, and a new stream begins inside TLS (RFC 6120 §5.4.3.3). */
  | { readonly type: 'restart' }
  /** End the connection: `footer` says whether `</stream>` goes first (not after a TLS failure, RFC 6120 §5.4.3.2). */
  | { readonly type: 'close'; readonly footer: boolean }

/** What a TLS machine is told. */
export type TlsInput =
  /** A first-level element arrived in plain text. */
  | { readonly type: 'element'; readonly element: Element }
  /** The handshake that `start-tls` asked for is complete and the peer's certificate is accepted. */
  | { readonly type: 'tls-established' }
  /** The handshake failed, or the peer tried to renegotiate (RFC 6120 §5.3.5). */
  | { readonly type: 'tls-failed' }
