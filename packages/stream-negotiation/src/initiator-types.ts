import type { Jid } from '@parlour/jid'
import type { ResumptionPoint } from '@parlour/stream-management'
import type { TlsInitiatorState, TlsPolicy } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import type { StreamHeader } from '@parlour/xml-stream'
import type { FailureOutput, InitiatorEnding } from './initiator-failure.ts'
import type { Resumption } from './initiator-resumption.ts'
import type { NegotiationError } from './negotiation-error.ts'
import type { NegotiationOutput } from './negotiation-output.ts'
import type { StreamBits } from './stream-bits.ts'

/** What an initiating entity wants. */
export interface InitiatorPolicy {
  /** The domain of the server: `to` of every header, name in its certificate. */
  readonly domain: string
  /** The account, sent as `from` once TLS stands (RFC 6120 §4.7.1). */
  readonly account: Jid | undefined
  /** Preferred language (RFC 6120 §4.7.4). */
  readonly lang: string | undefined
  readonly tls: TlsPolicy
  /** Resource to ask for; without one the server makes one (RFC 6120 §7.6). */
  readonly resource: string | undefined
  /** Milliseconds from the first header to the bound resource. */
  readonly negotiationTimeout: number
  /** The session to resume if the server offers it (XEP-0198 §5); if that fails, a resource is bound. */
  readonly resume?: (ResumptionPoint & { readonly jid: Jid }) | undefined
}

/** What is known about a stream between two steps. */
export interface InitiatorStream {
  readonly policy: InitiatorPolicy
  readonly bits: StreamBits
  readonly tls: TlsInitiatorState
  /** The features of the current stream. */
  readonly features: Element | undefined
  /** The server's header of the current stream. */
  readonly header: StreamHeader | undefined
  /** Present once resumption was tried. */
  readonly resumption?: Resumption | undefined
}

/** The initiating half of a client-to-server stream, named for what it waits for. */
export type InitiatorState =
  | { readonly name: 'awaiting-header'; readonly stream: InitiatorStream }
  | { readonly name: 'awaiting-features'; readonly stream: InitiatorStream }
  | { readonly name: 'awaiting-proceed'; readonly stream: InitiatorStream }
  | { readonly name: 'awaiting-handshake'; readonly stream: InitiatorStream }
  /** SASL goes on between the server and the SASL client. */
  | { readonly name: 'authenticating'; readonly stream: InitiatorStream }
  | { readonly name: 'awaiting-resumed'; readonly stream: InitiatorStream }
  | { readonly name: 'awaiting-bind-result'; readonly stream: InitiatorStream; readonly id: string }
  | {
      readonly name: 'awaiting-session-result'
      readonly stream: InitiatorStream
      readonly id: string
      readonly jid: Jid
    }
  | { readonly name: 'established'; readonly stream: InitiatorStream; readonly jid: Jid }
  | { readonly name: 'failed'; readonly error: NegotiationError }

/** What the initiating machine is told. */
export type InitiatorInput =
  | { readonly type: 'header'; readonly header: StreamHeader }
  | { readonly type: 'element'; readonly element: Element }
  | { readonly type: 'tls-established' }
  /** The SASL client wants this sent. */
  | { readonly type: 'sasl-continue'; readonly send: Element }
  | { readonly type: 'sasl-success' }
  /** The SASL client gave up; `send` (an abort) goes out first. */
  | { readonly type: 'sasl-failure'; readonly cause: unknown; readonly send?: Element }
  | InitiatorEnding

/** What the driver is to do, in this order. */
export type InitiatorOutput =
  | NegotiationOutput
  /** Begin SASL with what these features offer; report `sasl-continue` with the first element, or `sasl-failure`. */
  | { readonly type: 'begin-authentication'; readonly features: Element; readonly mechanisms: readonly string[] }
  /** Hand this to the SASL client; report `sasl-…`. */
  | { readonly type: 'authenticate'; readonly element: Element }
  | {
      readonly type: 'established'
      readonly jid: Jid
      readonly features: Element
      readonly header: StreamHeader
      /** What became of `resume` of the policy; undefined if it was not asked for, or the server does not offer it. */
      readonly resumption: Resumption | undefined
    }
  | FailureOutput

/** What a step yields. */
export interface InitiatorStep {
  readonly state: InitiatorState
  readonly outputs: readonly InitiatorOutput[]
}
