import type { TlsReceiverState } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'
import type { ClosedState, ClosingOutput } from './closing.ts'
import type { ReceivingOutput } from './negotiation-output.ts'
import type { ReceivingInput } from './receiving-input.ts'
import type { StreamBits } from './stream-bits.ts'
import type { AnnouncedLimits } from './stream-limits.ts'

/** The two domains of a stream, as its headers name them. */
export interface DomainPair {
  /** The peer's; `undefined` when it did not say (RFC 6120 §4.7.1: be liberal). */
  readonly remote: string | undefined
  readonly local: string
}

/** What stays the same for all streams of one connection. Its functions are asked, never told anything. */
export interface ServerReceiverPolicy {
  /** Whether a domain is served here; otherwise `host-unknown`. */
  host(domain: string): boolean
  /** Why streams between these domains are refused (deny lists); `undefined` where they are not. */
  refusal?(pair: DomainPair): StreamError | undefined
  /** There is no other way: it is here so that a driver's settings say so. */
  readonly tlsRequired: true
  /** Further features to list inside TLS: limits (XEP-0478), stream management (XEP-0198). */
  features(stage: 'unauthenticated' | 'authenticated', secure: boolean, pair: DomainPair): readonly Element[]
  /** Whether the peer's certificate verifies and names this domain, so that EXTERNAL is offered (XEP-0178 §3). */
  externalOffered(remote: string | undefined): boolean
  /** Dialback is announced, in the header and as a feature with errors (XEP-0220 §2.4). */
  readonly dialbackOffered: boolean
  /** `<bidi/>` is listed and taken (XEP-0288). */
  readonly bidirectional: boolean
  /** First-level elements until a pair is authenticated. */
  readonly maxNegotiationElements: number
  /** Failed SASL exchanges before `policy-violation`: 2 to 5 (RFC 6120 §6.4.5). */
  readonly maxAuthenticationFailures: number
  /** Milliseconds from accepting to the first authenticated pair, whatever arrives meanwhile. */
  readonly negotiationTimeout: number
  /** Language of this side's texts (RFC 6120 §4.7.4). */
  readonly lang: string
}

/** Parlour's choice. The time is more than a client's: dialback waits for a third server. */
export const DEFAULT_SERVER_RECEIVER_LIMITS = {
  negotiationTimeout: 60_000,
  maxAuthenticationFailures: 5,
  maxNegotiationElements: 50,
} as const

/** What is known about a connection between two steps. */
export interface ServerReceiverStream {
  readonly policy: ServerReceiverPolicy
  readonly bits: StreamBits
  readonly tls: TlsReceiverState
  /** The domains of the current stream; after TLS they are forgotten, after SASL they are fixed. */
  readonly pair: DomainPair | undefined
  /** The peer's domain as EXTERNAL proved it. */
  readonly authenticated: string | undefined
  /** A pair that dialback authenticated while EXTERNAL was under way. */
  readonly dialedBack: { readonly remote: string; readonly local: string } | undefined
  readonly authenticationFailures: number
  readonly elements: number
}

/** The receiving half of a server-to-server stream, named for what it waits for. */
export type ServerReceiverState =
  | { readonly name: 'awaiting-header'; readonly stream: ServerReceiverStream }
  /** Features are sent; the peer has the turn. */
  | { readonly name: 'awaiting-negotiation'; readonly stream: ServerReceiverStream }
  | { readonly name: 'awaiting-handshake'; readonly stream: ServerReceiverStream }
  /** `<auth/>` came without a message, `<challenge/>` is sent (RFC 6120 §6.4.2). */
  | { readonly name: 'awaiting-response'; readonly stream: ServerReceiverStream }
  /** The driver judges the certificate. */
  | { readonly name: 'awaiting-external'; readonly stream: ServerReceiverStream }
  /** At least one pair is authenticated. */
  | { readonly name: 'established'; readonly stream: ServerReceiverStream }
  | ClosedState

/**
 * What the receiving machine is told. In `established` it is given only elements that are neither stanzas nor the driver's
 * own (stream management). Before `tls-established` the driver judges the certificate, so that `externalOffered` can
 * answer.
 */
export type ServerReceiverInput =
  | ReceivingInput
  /** What came of `verify-external`; with `ok`, `domain` is who the peer is. `text` goes to the peer. */
  | ExternalResult
  /** A pair was authenticated by dialback; its answer is the driver's to send, before it says this. */
  | { readonly type: 'dialback-valid'; readonly remote: string; readonly local: string }
  /** The driver ends the stream: an invalid key (XEP-0220 §2.2.1), a shutdown. */
  | { readonly type: 'close'; readonly error?: StreamError | undefined }

/** What the driver found when it looked whether the certificate proves a domain. */
export type ExternalResult =
  | { readonly type: 'external-result'; readonly ok: true; readonly domain: string }
  | { readonly type: 'external-result'; readonly ok: false; readonly text?: string | undefined }

/** What the driver is to do, in this order. */
export type ServerReceiverOutput =
  | ReceivingOutput
  /**
   * Look whether the certificate proves `from` (the stream's `from`, or without one the authorization identity), report
   * `external-result`.
   */
  | { readonly type: 'verify-external'; readonly from: string | undefined; readonly authzid: string | undefined }
  /** Hand this `db:result` or `db:verify` to dialback, which answers it itself. Comes after establishment too. */
  | { readonly type: 'dialback'; readonly element: Element }
  /** The peer takes stanzas on this stream too, once authenticated (XEP-0288); what it accepts (XEP-0478 §3.2). */
  | { readonly type: 'bidirectional'; readonly limits: AnnouncedLimits | undefined }
  /** Stanzas of this pair may flow. Said once; further pairs of dialback are known to the driver. */
  | {
      readonly type: 'established'
      readonly remote: string
      readonly local: string
      readonly authentication: 'external' | 'dialback'
      readonly bidirectional: boolean
    }
  | ClosingOutput

/** What a step yields. */
export interface ServerReceiverStep {
  readonly state: ServerReceiverState
  readonly outputs: readonly ServerReceiverOutput[]
}
