import { createTlsReceiver, stepTlsReceiver } from '@parlour/tls-negotiation'
import type { StreamError } from '@parlour/xml-stream'
import { close, endWith, outOfTurn, tooLate } from './closing.ts'
import type { Environment } from './environment.ts'
import { takeExternalResult } from './server-receiver-external.ts'
import { answerHeader, headerBeforeError } from './server-receiver-header.ts'
import { takeElement } from './server-receiver-negotiation.ts'
import { establish, goTo } from './server-receiver-steps.ts'
import type {
  ServerReceiverInput,
  ServerReceiverPolicy,
  ServerReceiverState,
  ServerReceiverStep,
  ServerReceiverStream,
} from './server-receiver-types.ts'
import { SECURE } from './stream-bits.ts'

const NOTHING_KNOWN = { pair: undefined, authenticated: undefined, dialedBack: undefined } as const

/**
 * Begins the receiving half of a server-to-server stream on a connection that was just accepted.
 *
 * @param secured the connection began with TLS (XEP-0368), and the driver has judged the certificate
 */
export function startServerReceiver(policy: ServerReceiverPolicy, secured: boolean): ServerReceiverStep {
  const stream: ServerReceiverStream = {
    policy,
    bits: secured ? SECURE : 0,
    tls: createTlsReceiver({ secured, available: true, required: true }),
    ...NOTHING_KNOWN,
    authenticationFailures: 0,
    elements: 0,
  }
  return goTo(
    { name: 'awaiting-header', stream },
    { type: 'set-negotiation-timer', milliseconds: policy.negotiationTimeout },
  )
}

/**
 * One step of the receiving half (RFC 6120 §4.3, XEP-0178 §3, XEP-0220 §2.2, XEP-0288 §2). Wrong input of the peer
 * becomes an output `close` with the stream error; inputs that have no meaning in a state change nothing.
 */
export function stepServerReceiver(
  state: ServerReceiverState,
  input: ServerReceiverInput,
  env: Environment,
): ServerReceiverStep {
  if (state.name === 'closed') return goTo(state)
  switch (input.type) {
    case 'footer':
      return close(true)
    case 'stream-error':
    case 'close':
      return endOf(state, env, input.error)
    case 'negotiation-timeout':
      return timeout(state, env)
    default:
      return receivers[state.name](state as never, input, env)
  }
}

type OpenState = Exclude<ServerReceiverState, { name: 'closed' }>
type In<Name extends ServerReceiverState['name']> = Extract<ServerReceiverState, { name: Name }>
type Receivers = {
  [Name in OpenState['name']]: (state: In<Name>, input: ServerReceiverInput, env: Environment) => ServerReceiverStep
}

const receivers: Receivers = {
  'awaiting-header': ({ stream }, input, env) => {
    if (input.type === 'header') return answerHeader(stream, input.header, env)
    // A key that was sent before EXTERNAL succeeded: the driver knows of the pair, and the stream is established soon.
    return input.type === 'dialback-valid' ? goTo({ name: 'awaiting-header', stream }) : outOfTurn()
  },
  'awaiting-negotiation': (state, input) => {
    if (input.type === 'element') return takeElement(state, input.element)
    // No key is handed out without TLS, so none is found valid.
    return input.type === 'dialback-valid' && state.stream.bits & SECURE
      ? establish(state.stream, pairOf(input), 'dialback')
      : outOfTurn()
  },
  'awaiting-handshake': ({ stream }, input) => handshake(stream, input),
  'awaiting-response': (state, input) => duringExternal(state, input),
  'awaiting-external': (state, input) =>
    input.type === 'external-result' ? takeExternalResult(state.stream, input) : duringExternal(state, input),
  established: (state, input) => {
    if (input.type === 'element') return takeElement(state, input.element)
    return input.type === 'header' ? outOfTurn() : goTo(state)
  },
}

function handshake(stream: ServerReceiverStream, input: ServerReceiverInput): ServerReceiverStep {
  if (input.type !== 'tls-established') return close(false) // RFC 6120 §5.4.3.2: no </stream>
  const { state: tls } = stepTlsReceiver(stream.tls, input)
  const fresh: ServerReceiverStream = { ...stream, ...NOTHING_KNOWN, tls, bits: stream.bits | SECURE } // §5.4.3.3
  return goTo({ name: 'awaiting-header', stream: fresh })
}

/** Dialback goes on while EXTERNAL does; what it yields counts if EXTERNAL fails. */
function duringExternal(
  state: In<'awaiting-response' | 'awaiting-external'>,
  input: ServerReceiverInput,
): ServerReceiverStep {
  if (input.type === 'element') return takeElement(state, input.element)
  if (input.type !== 'dialback-valid') return outOfTurn()
  return goTo({ ...state, stream: { ...state.stream, dialedBack: pairOf(input) } })
}

const pairOf = ({ remote, local }: Extract<ServerReceiverInput, { type: 'dialback-valid' }>) => ({ remote, local })

/** RFC 6120 §4.9.1.2: no error goes out before a header; §5.4.3.2: nothing while TLS does not stand. */
function endOf(state: OpenState, env: Environment, error: StreamError | undefined): ServerReceiverStep {
  if (state.name === 'awaiting-handshake') return close(false)
  const first = state.name === 'awaiting-header' ? [headerBeforeError(state.stream, env)] : []
  return error ? endWith(error, ...first) : close(true, ...first)
}

function timeout(state: OpenState, env: Environment): ServerReceiverStep {
  if (state.name === 'established') return goTo(state)
  return endOf(state, env, tooLate())
}
