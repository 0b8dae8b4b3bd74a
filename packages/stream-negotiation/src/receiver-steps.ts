import type { StreamErrorCondition } from '@parlour/xml-stream'
import { StreamError } from '@parlour/xml-stream'
import type { ReceiverOutput, ReceiverState, ReceiverStep, ReceiverStream } from './receiver-types.ts'

export const goTo = (state: ReceiverState, ...outputs: ReceiverOutput[]): ReceiverStep => ({ state, outputs })

export const awaitNegotiation = (stream: ReceiverStream, ...outputs: ReceiverOutput[]): ReceiverStep =>
  goTo({ name: 'awaiting-negotiation', stream }, ...outputs)

/** Ends the stream with an error (RFC 6120 §4.9.1.1: every stream error is followed by the end). */
export const endWith = (error: StreamError, ...first: ReceiverOutput[]): ReceiverStep =>
  goTo({ name: 'closed' }, ...first, { type: 'clear-negotiation-timer' }, { type: 'close', error, footer: true })

export const refuse = (condition: StreamErrorCondition, text?: string, ...first: ReceiverOutput[]): ReceiverStep =>
  endWith(new StreamError(condition, text), ...first)

export const close = (footer: boolean, ...first: ReceiverOutput[]): ReceiverStep =>
  goTo({ name: 'closed' }, ...first, { type: 'clear-negotiation-timer' }, { type: 'close', error: undefined, footer })
