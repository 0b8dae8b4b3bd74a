import type { Jid } from '@parlour/jid'
import type { StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import type { ClosedState, ClosingOutput } from './closing.ts'
import type { ReceivingOutput } from './negotiation-output.ts'
import type { ReceiverStream } from './receiver-stream.ts'
import type { ReceivingInput } from './receiving-input.ts'
import type { Sasl2ReceiverInput, Sasl2ReceiverOutput, Sasl2State } from './sasl2-receiver-types.ts'

export * from './receiver-stream.ts'

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
