import type { Jid } from '@parlour/jid'
import type { StanzaError } from '@parlour/stanza'
import type { TlsReceiverState } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import type { ClosedState, ClosingOutput } from './closing.ts'
import type { ReceivingOutput } from './negotiation-output.ts'
import type { ReceivingInput } from './receiving-input.ts'
import type { Sasl2ReceiverInput, Sasl2ReceiverOutput, Sasl2State } from './sasl2-receiver-types.ts'
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

/** The receiving half of a client-to-server stream, named for what it waits for. */
export type ReceiverState =
  | { readonly name: 'awaiting-header'; readonly stream: ReceiverStream }
  /** Features are sent; the client has the turn. */
  | { readonly name: 'awaiting-negotiation'; readonly stream: ReceiverStream }
  | { readonly name: 'awaiting-handshake'; readonly stream: ReceiverStream }
  /** A SASL element is with the SASL server. */
  | { readonly name: 'awaiting-sasl'; readonly stream: ReceiverStream }
  | Sasl2State
  /** A bind request is with the kernel. */
  | { readonly name: 'awaiting-binding'; readonly stream: ReceiverStream; readonly request: Element }
  /** An extension's element is with the kernel. */
  | { readonly name: 'awaiting-extension'; readonly stream: ReceiverStream }
  /** Stanzas flow; the machine has nothing more to say but `</stream>`. */
  | { readonly name: 'established'; readonly stream: ReceiverStream }
  | ClosedState

/** What became of a SASL element. */
export type SaslOutcome =
  | { readonly type: 'continue' }
  | { readonly type: 'failure' }
  /** The SASL side has had enough of this stream. */
  | { readonly type: 'close'; readonly condition: 'policy-violation' | 'not-authorized' }
  | { readonly type: 'success'; readonly account: Jid }

/** What the receiving machine is told. */
export type ReceiverInput =
  | ReceivingInput
  | Sasl2ReceiverInput
  /** The SASL server answered: elements to send, then what became of the exchange. */
  | { readonly type: 'sasl'; readonly send: readonly Element[]; readonly outcome: SaslOutcome }
  /** The kernel bound a resource. */
  | { readonly type: 'bound'; readonly jid: Jid }
  | { readonly type: 'bind-failed'; readonly error: StanzaError }
  /** The kernel dealt with an extension's element; with a JID the stream is established, without bind. */
  | { readonly type: 'extension'; readonly jid: Jid | undefined }

/** What the driver is to do, in this order. */
export type ReceiverOutput =
  | ReceivingOutput
  | Sasl2ReceiverOutput
  /** Hand this to the SASL server, report `sasl`. */
  | { readonly type: 'authenticate'; readonly element: Element }
  /** Ask the kernel for a resource, report `bound` or `bind-failed`. */
  | { readonly type: 'bind'; readonly account: Jid; readonly resource: string | undefined }
  /** Hand this to the kernel, report `extension`. */
  | { readonly type: 'negotiate-extension'; readonly account: Jid; readonly element: Element }
  /** Hand this to the kernel, which answers it itself. */
  | { readonly type: 'request-before-authentication'; readonly element: Element }
  | { readonly type: 'established'; readonly jid: Jid; readonly lang: string | undefined }
  | ClosingOutput

/** What a step yields. */
export interface ReceiverStep {
  readonly state: ReceiverState
  readonly outputs: readonly ReceiverOutput[]
}
