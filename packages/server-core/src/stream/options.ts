import { DEFAULT_RECEIVER_LIMITS } from '@parlour/stream-negotiation'
import { DEFAULT_LIMITS, type StreamLimits, UNAUTHENTICATED_LIMITS } from '@parlour/xml-stream'

/** How the server treats the connections of clients. */
export interface ClientStreamOptions {
  /** No authentication without TLS. Default true. */
  readonly tlsRequired: boolean
  /** TLS can be started on plain connections. Default true. */
  readonly tlsAvailable: boolean
  /** Language of this server's texts (RFC 6120 §4.7.4). Default `en`. */
  readonly lang: string
  /** Limits until a resource is bound: small, because anybody can reach them. */
  readonly limitsBeforeAuthentication: StreamLimits
  /** Limits for established streams. `maxStanzaBytes` is at least 10 000 (RFC 6120 §13.12). */
  readonly limits: StreamLimits
  /** Milliseconds from accepting to a bound resource, whatever arrives. Default 30 000. */
  readonly negotiationTimeout: number
  /** Milliseconds that a closed stream waits for the peer's `</stream>`. Default 5 000. */
  readonly closingTimeout: number
  /** Failed SASL exchanges until the stream ends (RFC 6120 §6.4.5). Default 5. */
  readonly maxAuthenticationFailures: number
  /** Failed attempts to bind until the stream ends (RFC 6120 §7.7.3). Default 5. */
  readonly maxBindFailures: number
  /** Requests before authentication (in-band registration) on one connection. Default 10. */
  readonly maxRequestsBeforeAuthentication: number
  /** First-level elements until a resource is bound. Default 50. */
  readonly maxNegotiationElements: number
  /** Bytes that may wait for a client that does not read; beyond, it is dropped. Default 4 MiB. */
  readonly maxOutboundBytes: number
  /** Bytes a second that a client may send for long; beyond, it is read more slowly. Default 1 MiB. */
  readonly inboundBytesPerSecond: number
  /** Bytes that a client may send at once. Default 4 MiB. */
  readonly inboundBurstBytes: number
  /** Milliseconds without a word after which a client is asked whether it is there. 0: it never is. Default 300 000. */
  readonly idleTimeout: number
  /** Milliseconds that it may take to say anything then; after them its connection is dropped. Default 60 000. */
  readonly answerTimeout: number
}

/** The defaults of every option. */
export const DEFAULT_CLIENT_STREAM_OPTIONS: ClientStreamOptions = {
  ...DEFAULT_RECEIVER_LIMITS,
  tlsRequired: true,
  tlsAvailable: true,
  lang: 'en',
  limitsBeforeAuthentication: UNAUTHENTICATED_LIMITS,
  limits: DEFAULT_LIMITS,
  closingTimeout: 5_000,
  maxOutboundBytes: 4 * 1024 * 1024,
  inboundBytesPerSecond: 1024 * 1024,
  inboundBurstBytes: 4 * 1024 * 1024,
  idleTimeout: 300_000,
  answerTimeout: 60_000,
}
