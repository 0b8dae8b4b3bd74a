import type { ReceiverOutput, ReceiverState, ReceiverStep, ReceiverStream } from './receiver-types.ts'

export const goTo = (state: ReceiverState, ...outputs: ReceiverOutput[]): ReceiverStep => ({ state, outputs })

export const awaitNegotiation = (stream: ReceiverStream, ...outputs: ReceiverOutput[]): ReceiverStep =>
  goTo({ name: 'awaiting-negotiation', stream }, ...outputs)
