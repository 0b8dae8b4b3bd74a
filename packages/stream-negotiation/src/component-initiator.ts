import { el } from '@parlour/xml'
import { STREAM_NAMESPACE, StreamError, type StreamErrorCondition, type StreamHeader } from '@parlour/xml-stream'
import {
  COMPONENT_NAMESPACE,
  type ComponentInitiatorInput,
  type ComponentInitiatorOutput,
  type ComponentInitiatorPolicy,
  type ComponentInitiatorState,
  type ComponentInitiatorStep,
} from './component-types.ts'
import { NegotiationError, type NegotiationErrorCode } from './negotiation-error.ts'

/** Begins the initiating half of a component's stream (XEP-0114 §3) on a connection that was just made. */
export function startComponentInitiator({
  domain,
  negotiationTimeout,
}: ComponentInitiatorPolicy): ComponentInitiatorStep {
  return goTo(
    { name: 'awaiting-header' },
    { type: 'set-negotiation-timer', milliseconds: negotiationTimeout },
    { type: 'send-header', header: { to: domain, namespace: COMPONENT_NAMESPACE } },
  )
}

/**
 * One step of the initiating half. All that goes wrong becomes an output `failed` with a {@link NegotiationError}; a
 * secret that the server does not accept has the code `authentication-failed`.
 */
export function stepComponentInitiator(
  state: ComponentInitiatorState,
  input: ComponentInitiatorInput,
): ComponentInitiatorStep {
  if (state.name === 'failed' || state.name === 'established') return goTo(state)
  const ending = endings[input.type]?.(input as never)
  if (ending) return ending
  if (input.type === 'element' && input.element.is('error', STREAM_NAMESPACE)) return refused(input.element)
  return initiators[state.name](state as never, input)
}

type In<Name extends ComponentInitiatorState['name']> = Extract<ComponentInitiatorState, { name: Name }>
type InputOf<Type extends ComponentInitiatorInput['type']> = Extract<ComponentInitiatorInput, { type: Type }>
type OpenName = Exclude<ComponentInitiatorState['name'], 'failed' | 'established'>

/** What ends the negotiation in every state. */
const endings: {
  readonly [Type in ComponentInitiatorInput['type']]?: (input: InputOf<Type>) => ComponentInitiatorStep
} = {
  footer: () => fail('stream-closed'),
  'invalid-input': ({ error }) => fail('stream-error', { cause: error, condition: error.condition }),
  'negotiation-timeout': () => fail('timeout', { condition: 'connection-timeout' }),
  'connection-lost': ({ cause }) => fail('connection-lost', { cause, footer: false }),
  abort: ({ cause }) => fail('aborted', { cause }),
}

const initiators: {
  readonly [Name in OpenName]: (state: In<Name>, input: ComponentInitiatorInput) => ComponentInitiatorStep
} = {
  'awaiting-header': (_, input) => (input.type === 'header' ? takeHeader(input.header) : fail('unexpected-element')),
  'awaiting-digest': ({ header }, input) =>
    input.type === 'digest' ? sendHandshake(header, input.handshake) : fail('unexpected-element'),
  'awaiting-acknowledgement': ({ header }, input) =>
    input.type === 'element' && input.element.is('handshake', COMPONENT_NAMESPACE)
      ? goTo({ name: 'established' }, { type: 'clear-negotiation-timer' }, { type: 'established', header })
      : fail('unexpected-element'),
}

function takeHeader(header: StreamHeader): ComponentInitiatorStep {
  const { namespace, id } = header
  if (namespace !== COMPONENT_NAMESPACE) {
    const message = `the content namespace of the stream is not ${COMPONENT_NAMESPACE} (XEP-0114 §3)`
    return fail('invalid-namespace', { condition: 'invalid-namespace', message })
  }
  // RFC 6120 §4.7.3; a header before an error may lack it, and what follows then is the error.
  return goTo({ name: 'awaiting-digest', header }, { type: 'make-handshake', streamId: id ?? '' })
}

function sendHandshake(header: StreamHeader, handshake: string): ComponentInitiatorStep {
  return goTo(
    { name: 'awaiting-acknowledgement', header },
    { type: 'send', element: el('handshake', COMPONENT_NAMESPACE, {}, handshake) },
  )
}

/** XEP-0114 §3: a secret that is not accepted is answered with `not-authorized`. */
function refused(element: Parameters<typeof StreamError.fromElement>[0]): ComponentInitiatorStep {
  const cause = StreamError.fromElement(element)
  return fail(cause.condition === 'not-authorized' ? 'authentication-failed' : 'stream-error', { cause })
}

const goTo = (state: ComponentInitiatorState, ...outputs: ComponentInitiatorOutput[]): ComponentInitiatorStep => ({
  state,
  outputs,
})

interface Failure {
  readonly cause?: unknown
  readonly condition?: StreamErrorCondition
  readonly message?: string
  readonly footer?: boolean
}

function fail(
  code: NegotiationErrorCode,
  { condition, footer = true, ...error }: Failure = {},
): ComponentInitiatorStep {
  const failure = new NegotiationError(code, error)
  const streamError = condition && new StreamError(condition)
  return goTo(
    { name: 'failed', error: failure },
    { type: 'clear-negotiation-timer' },
    { type: 'failed', error: failure, streamError, footer },
  )
}
