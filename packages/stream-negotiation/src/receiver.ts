import { createTlsReceiver, stepTlsReceiver } from '@parlour/tls-negotiation'
import type { StreamError } from '@parlour/xml-stream'
import { close, endWith, outOfTurn, refuse, tooLate } from './closing.ts'
import type { Environment } from './environment.ts'
import { answerHeader, headerBeforeError } from './receiver-header.ts'
import { bindResult, refuseBind, takeElement } from './receiver-negotiation.ts'
import { afterFailure, awaitNegotiation, goTo } from './receiver-steps.ts'
import type { ReceiverInput, ReceiverPolicy, ReceiverState, ReceiverStep, ReceiverStream } from './receiver-types.ts'
import { SASL2_STEPS } from './sasl2-receiver.ts'
import { AUTHENTICATED, BOUND, SECURE } from './stream-bits.ts'

/**
 * Begins the receiving half of a client-to-server stream on a connection that was just accepted.
 *
 * @param secured the connection began with TLS (XEP-0368)
 */
export function startReceiver(policy: ReceiverPolicy, secured: boolean): ReceiverStep {
  const tls = createTlsReceiver({ secured, available: policy.tlsAvailable, required: policy.tlsRequired })
  const stream: ReceiverStream = { policy, tls, bits: secured ? SECURE : 0, ...NOTHING_KNOWN, ...NO_COUNTS }
  return goTo(
    { name: 'awaiting-header', stream },
    { type: 'set-negotiation-timer', milliseconds: policy.negotiationTimeout },
  )
}

/**
 * One step of the receiving half (RFC 6120 §4.3). Wrong input of the peer becomes an output `close` with the stream
 * error; inputs that have no meaning in a state (a late answer after the end) change nothing.
 */
export function stepReceiver(state: ReceiverState, input: ReceiverInput, env: Environment): ReceiverStep {
  if (state.name === 'closed') return goTo(state)
  if (input.type === 'footer') return close(true)
  if (input.type === 'stream-error') return endOf(state, input.error, env)
  if (input.type === 'negotiation-timeout') return timeout(state, env)
  return receivers[state.name](state as never, input, env)
}

const NOTHING_KNOWN = { host: undefined, account: undefined, from: undefined, lang: undefined } as const
const NO_COUNTS = { authenticationFailures: 0, bindFailures: 0, requests: 0, elements: 0 } as const

type OpenState = Exclude<ReceiverState, { name: 'closed' }>
type In<Name extends ReceiverState['name']> = Extract<ReceiverState, { name: Name }>
type Receivers = {
  [Name in OpenState['name']]: (state: In<Name>, input: ReceiverInput, env: Environment) => ReceiverStep
}

const receivers: Receivers = {
  'awaiting-header': ({ stream }, input, env) =>
    input.type === 'header' ? answerHeader(stream, input.header, env) : outOfTurn(),
  'awaiting-negotiation': ({ stream }, input) =>
    input.type === 'element' ? takeElement(stream, input.element) : outOfTurn(),
  'awaiting-handshake': ({ stream }, input) => handshake(stream, input),
  'awaiting-sasl': ({ stream }, input) => (input.type === 'sasl' ? authenticated(stream, input) : outOfTurn()),
  ...SASL2_STEPS,
  'awaiting-binding': (state, input) => binding(state, input),
  'awaiting-extension': (state, input) => extension(state.stream, input),
  established: (state) => goTo(state),
}

function handshake(stream: ReceiverStream, input: ReceiverInput): ReceiverStep {
  if (input.type !== 'tls-established') return close(false) // RFC 6120 §5.4.3.2: no </stream>
  const { state: tls } = stepTlsReceiver(stream.tls, input)
  const fresh: ReceiverStream = { ...stream, ...NOTHING_KNOWN, tls, bits: stream.bits | SECURE } // §5.4.3.3
  return goTo({ name: 'awaiting-header', stream: fresh })
}

function authenticated(
  stream: ReceiverStream,
  { send, outcome }: Extract<ReceiverInput, { type: 'sasl' }>,
): ReceiverStep {
  const sends = send.map((element) => ({ type: 'send', element }) as const)
  if (outcome.type === 'continue') return awaitNegotiation(stream, ...sends)
  if (outcome.type === 'failure') return afterFailure(stream, ...sends)
  if (outcome.type === 'close') return refuse(outcome.condition, undefined, ...sends)
  const next: ReceiverStream = { ...stream, account: outcome.account.bare, bits: stream.bits | AUTHENTICATED }
  return goTo({ name: 'awaiting-header', stream: next }, ...sends, { type: 'restart' }) // §6.3.2
}

function binding({ stream, request }: In<'awaiting-binding'>, input: ReceiverInput): ReceiverStep {
  if (input.type === 'bind-failed') return refuseBind(stream, request, input.error)
  if (input.type !== 'bound') return outOfTurn()
  const { jid } = input
  return goTo(
    { name: 'established', stream: { ...stream, bits: stream.bits | BOUND } },
    { type: 'clear-negotiation-timer' },
    { type: 'send', element: bindResult(request, jid.toString()) },
    { type: 'established', jid, lang: stream.lang },
  )
}

function extension(stream: ReceiverStream, input: ReceiverInput): ReceiverStep {
  if (input.type !== 'extension') return outOfTurn()
  if (!input.jid) return awaitNegotiation(stream)
  return goTo(
    { name: 'established', stream: { ...stream, bits: stream.bits | BOUND } },
    { type: 'clear-negotiation-timer' },
    { type: 'established', jid: input.jid, lang: stream.lang },
  )
}

/** RFC 6120 §4.9.1.2: no error goes out before a header. */
function endOf(state: OpenState, error: StreamError, env: Environment): ReceiverStep {
  return state.name === 'awaiting-header' ? endWith(error, headerBeforeError(state.stream, env)) : endWith(error)
}

function timeout(state: OpenState, env: Environment): ReceiverStep {
  if (state.name === 'established') return goTo(state)
  if (state.name === 'awaiting-handshake') return close(false)
  return endOf(state, tooLate(), env)
}
