import { refuse } from './closing.ts'
import type { ReceiverOutput, ReceiverState, ReceiverStep, ReceiverStream } from './receiver-types.ts'

export const goTo = (state: ReceiverState, ...outputs: ReceiverOutput[]): ReceiverStep => ({ state, outputs })

export const awaitNegotiation = (stream: ReceiverStream, ...outputs: ReceiverOutput[]): ReceiverStep =>
  goTo({ name: 'awaiting-negotiation', stream }, ...outputs)

/** RFC 6120 §6.4.5: a bounded number of tries, then the stream ends. */
export function afterFailure(stream: ReceiverStream, ...first: ReceiverOutput[]): ReceiverStep {
  const authenticationFailures = stream.authenticationFailures + 1
  return authenticationFailures >= stream.policy.maxAuthenticationFailures
    ? refuse('policy-violation', 'too many failed authentications', ...first)
    : awaitNegotiation({ ...stream, authenticationFailures }, ...first)
}
