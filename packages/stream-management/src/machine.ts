import type { Element } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'

/** What a step of a machine yields: the next state, and what the driver is to do, in this order. */
export interface StreamManagementStep<State, Output> {
  readonly state: State
  readonly outputs: readonly Output[]
}

/** What a driver is to do for either machine. */
export type StreamManagementOutput =
  /** Send an element. */
  | { readonly type: 'send'; readonly element: Element }
  /** From here on stanzas that are sent count: make a `StreamManagementSender` (XEP-0198 §4). */
  | { readonly type: 'count-sent' }
  /** From here on stanzas that arrive count: make a `StreamManagementReceiver` (XEP-0198 §4). */
  | { readonly type: 'count-handled' }
  /** `<r/>`: send `<a/>` with the `h` of the receiver, as soon as possible. */
  | { readonly type: 'answer-request' }
  /** `<a/>`: give `h` to `acknowledge` of the sender; what that returns may be a stream error. */
  | { readonly type: 'acknowledged'; readonly h: number }
  /** Send this and close the stream. */
  | { readonly type: 'stream-error'; readonly error: StreamError }
