import type { Element } from '@parlour/xml'
import { STREAM_NAMESPACE, StreamError, type StreamErrorCondition } from '@parlour/xml-stream'
import { NegotiationError, type NegotiationErrorCode } from './negotiation-error.ts'

/** What an initiating machine says when it gives up or is done. */
export type FailureOutput =
  | { readonly type: 'clear-negotiation-timer' }
  /** Give up: send the stream error if there is one, `</stream>` if `footer`, and end the connection. */
  | {
      readonly type: 'failed'
      readonly error: NegotiationError
      readonly streamError: StreamError | undefined
      readonly footer: boolean
    }

/** What ends the negotiation in every state of an initiating machine. */
export type InitiatorEnding =
  | { readonly type: 'footer' }
  /** The parser refused the input: this side ends the stream with that error. */
  | { readonly type: 'invalid-input'; readonly error: StreamError }
  | { readonly type: 'tls-failed'; readonly cause: unknown }
  | { readonly type: 'negotiation-timeout' }
  | { readonly type: 'connection-lost'; readonly cause: unknown }
  | { readonly type: 'abort'; readonly cause: unknown }

/** How a failure leaves the connection. */
export interface Farewell<Output> {
  readonly cause?: unknown
  /** What the operator reads; what the code means by default. */
  readonly message?: string
  /** What the peer is told; nothing by default. */
  readonly condition?: StreamErrorCondition
  /** Whether `</stream>` goes out; default true. */
  readonly footer?: boolean
  readonly first?: readonly Output[]
}

/** The step that gives up. */
export interface FailedStep<Output> {
  readonly state: { readonly name: 'failed'; readonly error: NegotiationError }
  readonly outputs: readonly (Output | FailureOutput)[]
}

/** Gives up. */
export function fail<Output = never>(code: NegotiationErrorCode, farewell: Farewell<Output> = {}): FailedStep<Output> {
  const { condition, footer = true, first = [], ...told } = farewell
  const error = new NegotiationError(code, told)
  const streamError = condition === undefined ? undefined : new StreamError(condition)
  const outputs = [
    ...first,
    { type: 'clear-negotiation-timer' },
    { type: 'failed', error, streamError, footer },
  ] as const
  return { state: { name: 'failed', error }, outputs }
}

type InitiatorEvent =
  | InitiatorEnding
  | { readonly type: 'element'; readonly element: Element }
  | { readonly type: string }
type EndingOf<Type extends InitiatorEnding['type']> = Extract<InitiatorEnding, { type: Type }>

const endings: { readonly [Type in InitiatorEnding['type']]: (input: EndingOf<Type>) => FailedStep<never> } = {
  footer: () => fail('stream-closed'),
  'invalid-input': ({ error }) => fail('stream-error', { cause: error, condition: error.condition }),
  'tls-failed': ({ cause }) => fail('tls-failed', { cause, footer: false }),
  'negotiation-timeout': () => fail('timeout', { condition: 'connection-timeout' }),
  'connection-lost': ({ cause }) => fail('connection-lost', { cause, footer: false }),
  abort: ({ cause }) => fail('aborted', { cause }),
}

/** The step for an input that ends the negotiation in every state; `undefined` for any other. */
export function ending(state: string, input: InitiatorEvent): FailedStep<never> | undefined {
  if (state === 'awaiting-handshake' && input.type === 'connection-lost')
    return fail('tls-failed', { cause: (input as EndingOf<'connection-lost'>).cause, footer: false }) // how a handshake fails on the wire
  if (input.type in endings) return endings[input.type as InitiatorEnding['type']](input as never)
  if (input.type !== 'element' || !('element' in input) || !input.element.is('error', STREAM_NAMESPACE))
    return undefined
  return fail('stream-error', { cause: StreamError.fromElement(input.element) })
}
