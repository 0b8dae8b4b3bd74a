import { StreamError, type StreamErrorCondition } from '@parlour/xml-stream'

/** The end of a receiving machine. */
export interface ClosedState {
  readonly name: 'closed'
}

/** What a receiving machine says at its end, or when the time limit is over. */
export type ClosingOutput =
  | { readonly type: 'clear-negotiation-timer' }
  /** Send the error, then `</stream>` if `footer`, and end the connection. */
  | { readonly type: 'close'; readonly error: StreamError | undefined; readonly footer: boolean }

/** The step that ends a stream. */
export interface ClosingStep<Output> {
  readonly state: ClosedState
  readonly outputs: readonly (Output | ClosingOutput)[]
}

/** Ends the stream with an error (RFC 6120 §4.9.1.1: every stream error is followed by the end). */
export const endWith = <Output = never>(error: StreamError, ...first: Output[]): ClosingStep<Output> => ({
  state: { name: 'closed' },
  outputs: [...first, { type: 'clear-negotiation-timer' }, { type: 'close', error, footer: true }],
})

export const refuse = <Output = never>(
  condition: StreamErrorCondition,
  text?: string,
  ...first: Output[]
): ClosingStep<Output> => endWith(new StreamError(condition, text), ...first)

export const close = <Output = never>(footer: boolean, ...first: Output[]): ClosingStep<Output> => ({
  state: { name: 'closed' },
  outputs: [...first, { type: 'clear-negotiation-timer' }, { type: 'close', error: undefined, footer }],
})
