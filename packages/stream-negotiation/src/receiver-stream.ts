import type { Jid } from '@parlour/jid'
import type { TlsReceiverState } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import type { StreamBits } from './stream-bits.ts'

/** A domain, as the receiving machine sees it. Its functions are asked, never told anything. */
export interface ReceiverHost {
  readonly domain: string
  /** `<mechanisms/>` and what goes beside it in `<features/>` before authentication: `<authentication/>` (XEP-0388), XEP-0440. */
  mechanisms(): readonly Element[]
  /** SASL2 (XEP-0388) is offered, once TLS stands. */
  readonly takesSasl2?: boolean
  /** Voluntary features to list beside the machine's own. */
  extraFeatures(stage: 'unauthenticated' | 'authenticated', secure: boolean): readonly Element[]
  /** IQ requests to the server are handed out before authentication (in-band registration). */
  readonly takesRequestsBeforeAuthentication: boolean
  /** Namespaces of first-level elements that may come instead of resource binding (such as XEP-0198 `<resume/>`). */
  readonly negotiationNamespaces: ReadonlySet<string>
}

/** What stays the same for all streams of one connection. */
export interface ReceiverPolicy {
  /** The host of a domain; `undefined` → `host-unknown`. */
  host(domain: string): ReceiverHost | undefined
  /** Default language of this side's texts; sent in every response header (RFC 6120 §4.7.4). */
  readonly lang: string
  /** TLS can be started on this connection. */
  readonly tlsAvailable: boolean
  /** Nothing may be authenticated without TLS. */
  readonly tlsRequired: boolean
  /** Milliseconds from accepting to a bound resource, whatever arrives meanwhile. */
  readonly negotiationTimeout: number
  /** Failed SASL exchanges before `policy-violation`: 2 to 5 (RFC 6120 §6.4.5). */
  readonly maxAuthenticationFailures: number
  /** Failed attempts to bind before `policy-violation`: 5 to 10 (RFC 6120 §7.7.3). */
  readonly maxBindFailures: number
  /** Requests handed out before authentication, per connection. */
  readonly maxRequestsBeforeAuthentication: number
  /** First-level elements until a resource is bound: exchanges that are begun anew and never finished end here. */
  readonly maxNegotiationElements: number
}

/** Limits of RFC 6120 and Parlour's choice within them. */
export const DEFAULT_RECEIVER_LIMITS = {
  negotiationTimeout: 30_000,
  maxAuthenticationFailures: 5,
  maxBindFailures: 5,
  maxRequestsBeforeAuthentication: 10,
  maxNegotiationElements: 50,
} as const

/** What is known about a connection between two steps. */
export interface ReceiverStream {
  readonly policy: ReceiverPolicy
  readonly bits: StreamBits
  readonly tls: TlsReceiverState
  /** The host of the current stream; after TLS it is forgotten, after SASL it is fixed (CVE-2018-10847). */
  readonly host: ReceiverHost | undefined
  /** Authenticated bare JID. */
  readonly account: Jid | undefined
  /** The bare JID that the client names as its own in its header; not proven. */
  readonly from: Jid | undefined
  /** The peer's default language (RFC 6120 §4.7.4). */
  readonly lang: string | undefined
  readonly authenticationFailures: number
  readonly bindFailures: number
  readonly requests: number
  readonly elements: number
}
