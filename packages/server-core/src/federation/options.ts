import { DEFAULT_SERVER_RECEIVER_LIMITS } from '@parlour/stream-negotiation'
import type { SubjectAlternativeName } from '@parlour/tls-negotiation'
import { DEFAULT_LIMITS, type StreamLimits, UNAUTHENTICATED_LIMITS } from '@parlour/xml-stream'
import type { FederationPolicyOptions } from './federation-policy.ts'
import type { ServerConnector } from './server-connector.ts'

/** The bounds of server-to-server streams. */
export interface FederationLimits {
  /** Limits until a pair of domains is authenticated: small, because anybody can reach them. */
  readonly limitsBeforeAuthentication: StreamLimits
  /** Limits of authenticated streams; `maxStanzaBytes` is announced (XEP-0478). */
  readonly limits: StreamLimits
  /** Milliseconds from the connection to the first authenticated pair. Default 60 000. */
  readonly negotiationTimeout: number
  /** Milliseconds for DNS, and for each connection. Default 20 000. */
  readonly connectTimeout: number
  /** Milliseconds that a closed stream waits for the peer's `</stream>`. Default 5 000. */
  readonly closingTimeout: number
  /** Milliseconds that a receiving server waits for an authoritative one (XEP-0220 §2.1.2). Default 30 000. */
  readonly verificationTimeout: number
  /** First-level elements until a pair is authenticated. Default 50. */
  readonly maxNegotiationElements: number
  readonly maxAuthenticationFailures: number
  /** Dialback requests of one stream that wait for an authoritative server. Default 8. */
  readonly maxPendingDialback: number
  /** Pairs of domains that one incoming stream may carry (XEP-0220 §2.6). Default 100. */
  readonly maxPairsPerStream: number
  /** Bytes of stanzas that wait for one pair of domains. Default 4 MiB. */
  readonly maxQueuedBytes: number
  /** Bytes of stanzas that wait for all. Default 256 MiB. */
  readonly maxTotalQueuedBytes: number
  /** Milliseconds that a stanza waits while no link stands. Default 60 000. */
  readonly maxQueuedTime: number
  /** Bytes that were written and that the other side has not taken. Beyond, stanzas wait in the queue. Default 1 MiB. */
  readonly maxOutboundBytes: number
  /** Milliseconds without progress of what was written, or without an acknowledgement, until a link counts as dead. Default 60 000. */
  readonly stallTimeout: number
  /**
   * Milliseconds that a server without stream management may take to answer a ping behind what was sent to it, until a
   * link counts as dead. Default 30 000.
   */
  readonly pingTimeout: number
  /** Milliseconds without a stanza until an outgoing stream is closed; incoming ones are given twice that. Default 600 000. */
  readonly idleTimeout: number
  /** Connections being made at once; those that take long do not count, up to ten times as many. Default 100. */
  readonly maxAttempts: number
  /** Pairs of domains with an outgoing link, dead ones included while their failure is remembered. Default 10 000. */
  readonly maxLinks: number
  /** Those of them to servers never reached that stanzas of one local address may cause. Default 500. */
  readonly maxUnreachedLinksPerAccount: number
  /** Milliseconds: of the bound of the first pause after a failure. Default 1 000. */
  readonly firstDelay: number
  /** Milliseconds: the longest pause after failures. Default 300 000. */
  readonly maxDelay: number
  /** Milliseconds that a cut stream can be resumed (XEP-0198 §5). Default 300 000. */
  readonly resumptionTime: number
  /** Cut streams that can be resumed. Default 1 000. */
  readonly maxResumable: number
  /** Stanzas that may be sent beyond the last acknowledged one. Default 5 000. */
  readonly maxUnacknowledgedStanzas: number
  /** Bytes a second that a server may send for long; beyond, it is read more slowly. Default 64 MiB. */
  readonly inboundBytesPerSecond: number
  readonly inboundBurstBytes: number
  /** The same until a pair of domains is authenticated. Default 64 KiB. */
  readonly inboundBytesPerSecondBeforeAuthentication: number
}

const MIB = 1024 * 1024

/** The defaults of {@link FederationLimits}. */
export const DEFAULT_FEDERATION_LIMITS: FederationLimits = {
  ...DEFAULT_SERVER_RECEIVER_LIMITS,
  limitsBeforeAuthentication: UNAUTHENTICATED_LIMITS,
  limits: DEFAULT_LIMITS,
  connectTimeout: 20_000,
  closingTimeout: 5_000,
  verificationTimeout: 30_000,
  maxPendingDialback: 8,
  maxPairsPerStream: 100,
  maxQueuedBytes: 4 * MIB,
  maxTotalQueuedBytes: 256 * MIB,
  maxQueuedTime: 60_000,
  maxOutboundBytes: MIB,
  stallTimeout: 60_000,
  pingTimeout: 30_000,
  idleTimeout: 600_000,
  maxAttempts: 100,
  maxLinks: 10_000,
  maxUnreachedLinksPerAccount: 500,
  firstDelay: 1_000,
  maxDelay: 300_000,
  resumptionTime: 300_000,
  maxResumable: 1_000,
  maxUnacknowledgedStanzas: 5_000,
  inboundBytesPerSecond: 64 * MIB,
  inboundBurstBytes: 16 * MIB,
  inboundBytesPerSecondBeforeAuthentication: 64 * 1024,
}

/** How a server speaks to servers of other domains. */
export interface FederationOptions {
  readonly connector: ServerConnector
  /** The identities in a certificate (DER), for {@link https://www.rfc-editor.org/rfc/rfc9525 RFC 9525}; empty if it cannot be read. */
  certificateNames(certificate: Uint8Array): readonly SubjectAlternativeName[]
  readonly policy?: FederationPolicyOptions
  /** Offers and takes bidirectional streams (XEP-0288). Default true. */
  readonly bidirectional?: boolean
  /** Offers and uses stream management (XEP-0198). Default true. */
  readonly streamManagement?: boolean
  /** Language of this server's texts (RFC 6120 §4.7.4). Default `en`. */
  readonly lang?: string
  /** Those left out are {@link DEFAULT_FEDERATION_LIMITS}. */
  readonly limits?: Partial<FederationLimits>
}
