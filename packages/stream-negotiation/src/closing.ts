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

/** Ends the stream with an error of this condition. */
export const refuse = <Output = never>(
  condition: StreamErrorCondition,
  text?: string,
  ...first: Output[]
): ClosingStep<Output> => endWith(new StreamError(condition, text), ...first)

/** Something where the peer had to wait for an answer. */
export const outOfTurn = (): ClosingStep<never> => refuse('policy-violation', 'out of turn')

/** The deadline is absolute, so a peer that keeps talking is met too (RFC 6120 §4.9.3.4). */
export const tooLate = (): StreamError => new StreamError('connection-timeout', 'negotiation took too long')

/** Ends the stream without an error. */
export const close = <Output = never>(footer: boolean, ...first: Output[]): ClosingStep<Output> => ({
  state: { name: 'closed' },
  outputs: [...first, { type: 'clear-negotiation-timer' }, { type: 'close', error: undefined, footer }],
})
