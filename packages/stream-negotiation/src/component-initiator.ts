import { el } from '@parlour/xml'
import { STREAM_NAMESPACE, StreamError, type StreamHeader } from '@parlour/xml-stream'
import {
  COMPONENT_NAMESPACE,
  type ComponentInitiatorInput,
  type ComponentInitiatorOutput,
  type ComponentInitiatorPolicy,
  type ComponentInitiatorState,
  type ComponentInitiatorStep,
} from './component-types.ts'
import { ending, fail } from './initiator-failure.ts'

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
  return refusal(input) ?? ending(state.name, input) ?? initiators[state.name](state as never, input)
}

type In<Name extends ComponentInitiatorState['name']> = Extract<ComponentInitiatorState, { name: Name }>
type OpenName = Exclude<ComponentInitiatorState['name'], 'failed' | 'established'>

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
function refusal(input: ComponentInitiatorInput): ComponentInitiatorStep | undefined {
  if (input.type !== 'element' || !input.element.is('error', STREAM_NAMESPACE)) return undefined
  const cause = StreamError.fromElement(input.element)
  return cause.condition === 'not-authorized' ? fail('authentication-failed', { cause }) : undefined
}

const goTo = (state: ComponentInitiatorState, ...outputs: ComponentInitiatorOutput[]): ComponentInitiatorStep => ({
  state,
  outputs,
})
