import type {
  ServerReceiverOutput,
  ServerReceiverState,
  ServerReceiverStep,
  ServerReceiverStream,
} from './server-receiver-types.ts'
import { AUTHENTICATED, BIDIRECTIONAL } from './stream-bits.ts'

export const goTo = (state: ServerReceiverState, ...outputs: ServerReceiverOutput[]): ServerReceiverStep => ({
  state,
  outputs,
})

export const awaitNegotiation = (
  stream: ServerReceiverStream,
  ...outputs: ServerReceiverOutput[]
): ServerReceiverStep => goTo({ name: 'awaiting-negotiation', stream }, ...outputs)

/** The first authenticated pair: stanzas may flow. */
export const establish = (
  stream: ServerReceiverStream,
  pair: { readonly remote: string; readonly local: string },
  authentication: 'external' | 'dialback',
  ...first: ServerReceiverOutput[]
): ServerReceiverStep =>
  goTo(
    { name: 'established', stream: { ...stream, bits: stream.bits | AUTHENTICATED } },
    ...first,
    { type: 'clear-negotiation-timer' },
    { type: 'established', ...pair, authentication, bidirectional: (stream.bits & BIDIRECTIONAL) !== 0 },
  )
