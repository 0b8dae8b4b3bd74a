import { SASL_NAMESPACE } from '@parlour/sasl'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { createTlsInitiator, type TlsInitiatorInput } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import { parseVersion, STREAM_NAMESPACE } from '@parlour/xml-stream'
import type { Environment } from './environment.ts'
import { nextFeature } from './feature.ts'
import { CLIENT_STREAM_FEATURES, MECHANISMS_FEATURE } from './features.ts'
import { requestBinding, takeBindResult, takeSessionResult } from './initiator-binding.ts'
import { ending, fail } from './initiator-failure.ts'
import { mayResume, requestResumption, takeResumptionAnswer } from './initiator-resumption.ts'
import { goTo, openStream } from './initiator-steps.ts'
import type { InitiatorPolicy, InitiatorStream } from './initiator-stream.ts'
import { progressTls } from './initiator-tls.ts'
import type { InitiatorInput, InitiatorState, InitiatorStep } from './initiator-types.ts'
import { beginSasl2, SASL2_INITIATOR_STEPS } from './sasl2-initiator.ts'
import { AUTHENTICATED, SECURE } from './stream-bits.ts'

/** The default of {@link InitiatorPolicy.negotiationTimeout}: 30 s. */
export const DEFAULT_INITIATOR_TIMEOUT = 30_000

/**
 * Begins the initiating half of a client-to-server stream on a connection that was just made.
 *
 * @param secured the connection began with TLS (XEP-0368)
 */
export function startInitiator(policy: InitiatorPolicy, secured: boolean): InitiatorStep {
  const tls = createTlsInitiator(policy.tls, secured)
  const bits = secured ? SECURE : 0
  return openStream(
    { policy, tls, bits, features: undefined, header: undefined },
    { type: 'set-negotiation-timer', milliseconds: policy.negotiationTimeout },
  )
}

/**
 * One step of the initiating half (RFC 6120 §4.3). All that goes wrong becomes an output `failed` with a
 * {@link NegotiationError}; inputs that have no meaning in a state change nothing.
 */
export function stepInitiator(state: InitiatorState, input: InitiatorInput, env: Environment): InitiatorStep {
  if (state.name === 'failed' || state.name === 'established') return goTo(state)
  const end = ending(state.name, input)
  if (end) return end
  return initiators[state.name](state as never, input, env)
}

type In<Name extends InitiatorState['name']> = Extract<InitiatorState, { name: Name }>
type InputOf<Type extends InitiatorInput['type']> = Extract<InitiatorInput, { type: Type }>
type OpenName = Exclude<InitiatorState['name'], 'failed' | 'established'>
type Initiators = {
  readonly [Name in OpenName]: (state: In<Name>, input: InitiatorInput, env: Environment) => InitiatorStep
}

const initiators: Initiators = {
  ...SASL2_INITIATOR_STEPS,
  'awaiting-header': ({ stream }, input) =>
    input.type === 'header' ? takeHeader(stream, input) : fail('unexpected-element'),
  'awaiting-features': ({ stream }, input, env) =>
    input.type === 'element' && input.element.is('features', STREAM_NAMESPACE)
      ? takeFeatures({ ...stream, features: input.element }, input.element, env)
      : fail('unexpected-element'),
  'awaiting-proceed': ({ stream }, input) =>
    input.type === 'element' ? stepTls(stream, input) : fail('unexpected-element'),
  'awaiting-handshake': ({ stream }, input) =>
    input.type === 'tls-established' ? stepTls(stream, input) : fail('unexpected-element'),
  authenticating: ({ stream }, input) => authenticate(stream, input),
  'awaiting-resumed': ({ stream }, input, env) =>
    input.type === 'element' ? takeResumptionAnswer(stream, input.element, env) : fail('unexpected-element'),
  'awaiting-bind-result': ({ stream, id }, input, env) =>
    input.type === 'element' ? takeBindResult(stream, id, input.element, env) : fail('unexpected-element'),
  'awaiting-session-result': ({ stream, id, jid }, input) =>
    input.type === 'element' ? takeSessionResult(stream, id, jid, input.element) : fail('unexpected-element'),
}

function takeHeader(stream: InitiatorStream, { header }: InputOf<'header'>): InitiatorStep {
  if (header.namespace !== CLIENT_NAMESPACE) return fail('invalid-namespace', { condition: 'invalid-namespace' })
  if ((parseVersion(header.version)?.major ?? 0) < 1)
    return fail('unsupported-version', { condition: 'unsupported-version' })
  return goTo({ name: 'awaiting-features', stream: { ...stream, header } })
}

function takeFeatures(stream: InitiatorStream, features: Element, env: Environment): InitiatorStep {
  if (stream.tls.name === 'awaiting-features') return stepTls(stream, { type: 'features', features }, env)
  return negotiateNext(stream, features, env)
}

/** STARTTLS is decided before all else, so that a removed offer is seen before anything is sent (CVE-2016-10027). */
function stepTls(stream: InitiatorStream, input: TlsInitiatorInput, env?: Environment): InitiatorStep {
  const progress = progressTls(stream, stream.policy.domain, input)
  if (progress.type === 'secured') return openStream(progress.stream)
  if (progress.type !== 'plain') return progress.step
  const { features } = progress.stream
  return features && env ? negotiateNext(progress.stream, features, env) : fail('unexpected-element')
}

/** What the features ask for, in the order that follows from their bits. */
function negotiateNext(stream: InitiatorStream, features: Element, env: Environment): InitiatorStep {
  const sasl2 = beginSasl2(stream, features)
  if (sasl2) return sasl2
  const remaining = CLIENT_STREAM_FEATURES.filter((feature) => feature.negotiate !== 'start-tls')
  const feature = nextFeature(remaining, stream.bits, features)
  if (feature?.negotiate === 'authenticate') return beginAuthentication(stream, features)
  if (feature?.negotiate === 'bind')
    return mayResume(stream, features) ? requestResumption(stream) : requestBinding(stream, env)
  return fail(stream.bits & AUTHENTICATED ? 'bind-not-offered' : 'mechanisms-not-offered')
}

function beginAuthentication(stream: InitiatorStream, features: Element): InitiatorStep {
  const offer = features.child(MECHANISMS_FEATURE.name, MECHANISMS_FEATURE.namespace)
  const mechanisms = offer ? MECHANISMS_FEATURE.parse(offer) : []
  if (mechanisms.length === 0) return fail('mechanisms-not-offered')
  return goTo({ name: 'authenticating', stream }, { type: 'begin-authentication', features, mechanisms })
}

function authenticate(stream: InitiatorStream, input: InitiatorInput): InitiatorStep {
  switch (input.type) {
    case 'sasl-continue':
      return goTo({ name: 'authenticating', stream }, { type: 'send', element: input.send })
    case 'sasl-success': // RFC 6120 §6.4.6: a new stream, no </stream>
      return openStream({ ...stream, bits: stream.bits | AUTHENTICATED }, { type: 'restart' })
    case 'sasl-failure':
      return fail('authentication-failed', {
        cause: input.cause,
        first: input.send ? [{ type: 'send', element: input.send }] : [],
      })
    case 'element':
      return input.element.namespace === SASL_NAMESPACE
        ? goTo({ name: 'authenticating', stream }, { type: 'authenticate', element: input.element })
        : fail('unexpected-element')
    default:
      return fail('unexpected-element')
  }
}
