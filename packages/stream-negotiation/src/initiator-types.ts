import type { Jid } from '@parlour/jid'
import type { Element } from '@parlour/xml'
import type { StreamHeader } from '@parlour/xml-stream'
import type { FailureOutput, InitiatorEnding } from './initiator-failure.ts'
import type { InitiatorStream, Resumption } from './initiator-stream.ts'
import type { NegotiationError } from './negotiation-error.ts'
import type { NegotiationOutput } from './negotiation-output.ts'
import type { Bound, Sasl2InitiatorInput, Sasl2InitiatorOutput, Sasl2InitiatorState } from './sasl2-initiator-types.ts'

/** The initiating half of a client-to-server stream, named for what it waits for. */
export type InitiatorState =
  | { readonly name: 'awaiting-header'; readonly stream: InitiatorStream }
  | { readonly name: 'awaiting-features'; readonly stream: InitiatorStream }
  | { readonly name: 'awaiting-proceed'; readonly stream: InitiatorStream }
  | { readonly name: 'awaiting-handshake'; readonly stream: InitiatorStream }
  /** SASL goes on between the server and the SASL client. */
  | { readonly name: 'authenticating'; readonly stream: InitiatorStream }
  | Sasl2InitiatorState
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
  | Sasl2InitiatorInput
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
      /** How the resource was bound along with authentication (XEP-0386); undefined if it was not. */
      readonly bound: Bound | undefined
    }
  | Sasl2InitiatorOutput
  | FailureOutput

/** What a step yields. */
export interface InitiatorStep {
  readonly state: InitiatorState
  readonly outputs: readonly InitiatorOutput[]
}
