import { el } from '@parlour/xml'
import type { StreamError, StreamHeader } from '@parlour/xml-stream'
import { close, endWith, outOfTurn, refuse, tooLate } from './closing.ts'
import {
  COMPONENT_NAMESPACE,
  type ComponentReceiverInput,
  type ComponentReceiverOutput,
  type ComponentReceiverPolicy,
  type ComponentReceiverState,
  type ComponentReceiverStep,
} from './component-types.ts'
import { readDomain } from './domain.ts'
import { type Environment, randomIdentifier } from './environment.ts'

/** Begins the receiving half of a component's stream (XEP-0114 §3) on a connection that was just accepted. */
export function startComponentReceiver(policy: ComponentReceiverPolicy): ComponentReceiverStep {
  const milliseconds = policy.negotiationTimeout
  return goTo({ name: 'awaiting-header', policy }, { type: 'set-negotiation-timer', milliseconds })
}

/**
 * One step of the receiving half. Wrong input of the peer becomes an output `close` with the stream error; inputs that
 * have no meaning in a state change nothing.
 */
export function stepComponentReceiver(
  state: ComponentReceiverState,
  input: ComponentReceiverInput,
  environment: Pick<Environment, 'randomBytes'>,
): ComponentReceiverStep {
  if (state.name === 'closed' || state.name === 'established') return goTo(state)
  if (input.type === 'footer') return close(true)
  const early = state.name === 'awaiting-header' ? [answer(state.policy, undefined, environment)] : []
  if (input.type === 'stream-error') return endWith(input.error, ...early)
  if (input.type === 'negotiation-timeout') return endWith(tooLate(), ...early)
  return receivers[state.name](state as never, input, environment)
}

type In<Name extends ComponentReceiverState['name']> = Extract<ComponentReceiverState, { name: Name }>
type OpenName = Exclude<ComponentReceiverState['name'], 'closed' | 'established'>
type Receivers = {
  readonly [Name in OpenName]: (
    state: In<Name>,
    input: ComponentReceiverInput,
    environment: Pick<Environment, 'randomBytes'>,
  ) => ComponentReceiverStep
}

const receivers: Receivers = {
  'awaiting-header': ({ policy }, input, environment) =>
    input.type === 'header' ? takeHeader(policy, input.header, environment) : outOfTurn(),
  'awaiting-handshake': (state, input) => (input.type === 'element' ? takeHandshake(state, input) : outOfTurn()),
  'awaiting-verdict': ({ domain }, input) => (input.type === 'verdict' ? judge(domain, input.error) : outOfTurn()),
}

/** XEP-0114 §3: `to` is the component's domain; errors of the header follow a header of ours (RFC 6120 §4.9.1.2). */
function takeHeader(
  policy: ComponentReceiverPolicy,
  header: StreamHeader,
  environment: Pick<Environment, 'randomBytes'>,
): ComponentReceiverStep {
  const asked = readDomain(header.to)
  const domain = asked === undefined ? undefined : policy.component(asked)
  const response = answer(policy, domain, environment)
  if (header.namespace !== COMPONENT_NAMESPACE) return refuse('invalid-namespace', undefined, response)
  if (domain === undefined)
    return refuse('host-unknown', `no component ${asked ?? 'without a domain'} is configured here`, response)
  return goTo({ name: 'awaiting-handshake', domain, streamId: response.header.id }, response)
}

function takeHandshake(
  { domain, streamId }: In<'awaiting-handshake'>,
  { element }: Extract<ComponentReceiverInput, { type: 'element' }>,
): ComponentReceiverStep {
  if (!element.is('handshake', COMPONENT_NAMESPACE)) return refuse('not-authorized', 'the handshake comes first')
  return goTo({ name: 'awaiting-verdict', domain }, { type: 'verify', domain, streamId, handshake: element.text() })
}

function judge(domain: string, error: StreamError | undefined): ComponentReceiverStep {
  if (error) return endWith(error)
  return goTo(
    { name: 'established', domain },
    { type: 'clear-negotiation-timer' },
    { type: 'send', element: el('handshake', COMPONENT_NAMESPACE) },
    { type: 'established', domain },
  )
}

function answer(
  policy: ComponentReceiverPolicy,
  domain: string | undefined,
  environment: Pick<Environment, 'randomBytes'>,
) {
  const id = randomIdentifier(environment)
  // RFC 6120 §4.9.1.3: a domain that we know or an empty one, never just what was asked for.
  const header = { namespace: COMPONENT_NAMESPACE, from: domain ?? '', id, lang: policy.lang }
  return { type: 'send-header', header } as const
}

const goTo = (state: ComponentReceiverState, ...outputs: ComponentReceiverOutput[]): ComponentReceiverStep => ({
  state,
  outputs,
})
