import { DIALBACK_FEATURE_NAMESPACE, readDialback, readDialbackFeature, resultRequest } from '@parlour/dialback'
import { authElement, readFailure, readMechanisms, SASL_NAMESPACE, SaslError } from '@parlour/sasl'
import { type Element, el } from '@parlour/xml'
import { nextFeature, type StreamFeature } from './feature.ts'
import { MECHANISMS_FEATURE } from './features.ts'
import { fail } from './initiator-failure.ts'
import { BIDIRECTIONAL_NAMESPACE } from './namespaces.ts'
import { BIDIRECTIONAL_FEATURE, DIALBACK_FEATURE, EXTERNAL } from './server-features.ts'
import { goTo, openStream } from './server-initiator-steps.ts'
import type { ServerAuthentication, ServerInitiatorStep, ServerInitiatorStream } from './server-initiator-types.ts'
import { AUTHENTICATED, BIDIRECTIONAL } from './stream-bits.ts'
import { limitsElement, readAnnouncedLimits } from './stream-limits.ts'

declare const TextEncoder: new () => { encode(text: string): Uint8Array }

/** Takes the features inside TLS: what they ask for next, until the stream is authenticated. */
export function negotiateNext(stream: ServerInitiatorStream, features: Element): ServerInitiatorStep {
  if (stream.policy.purpose === 'verify') return establish(stream, 'none')
  if (stream.bits & AUTHENTICATED) return establish(stream, 'external')
  const wanted = FEATURES.filter(({ isWanted }) => isWanted(stream, features)).map(({ feature }) => feature)
  switch (nextFeature(wanted, stream.bits, withDialbackOfHeader(stream, features))?.negotiate) {
    case 'open-both-directions':
      return openBothDirections(stream, features)
    case 'authenticate':
      return authenticate(stream)
    case 'dial-back':
      return dialBack(stream)
    default:
      return stream.externalFailure
        ? fail('authentication-failed', { cause: stream.externalFailure })
        : fail('mechanisms-not-offered')
  }
}

/** Which of {@link SERVER_STREAM_FEATURES} the policy allows, TLS aside. */
const FEATURES: readonly {
  readonly feature: StreamFeature
  isWanted(stream: ServerInitiatorStream, features: Element): boolean
}[] = [
  { feature: BIDIRECTIONAL_FEATURE, isWanted: ({ policy }) => policy.bidirectional },
  {
    feature: MECHANISMS_FEATURE,
    isWanted: ({ policy, externalFailure }, features) =>
      policy.external !== false && !externalFailure && offersExternal(features),
  },
  { feature: DIALBACK_FEATURE, isWanted: ({ policy }) => policy.dialback },
]

function offersExternal(features: Element): boolean {
  const mechanisms = features.child('mechanisms', SASL_NAMESPACE)
  return mechanisms !== undefined && readMechanisms(mechanisms).includes(EXTERNAL)
}

/** XEP-0220 §2.4.1: a declaration in the header offers dialback as well as the feature does, without errors. */
function withDialbackOfHeader({ header }: ServerInitiatorStream, features: Element): Element {
  if (!header?.dialback || readDialbackFeature(features)) return features
  return features.withChildren([...features.children, el('dialback', DIALBACK_FEATURE_NAMESPACE)])
}

/** XEP-0288 §2.2: said, not asked; nothing answers it. */
function openBothDirections(stream: ServerInitiatorStream, features: Element): ServerInitiatorStep {
  const next = negotiateNext({ ...stream, bits: stream.bits | BIDIRECTIONAL }, features)
  if (next.state.name === 'failed') return next
  const { limits } = stream.policy
  const element = el('bidi', BIDIRECTIONAL_NAMESPACE, {}, limits && limitsElement(limits))
  return goTo(next.state, { type: 'send', element }, ...next.outputs)
}

/** XEP-0178 §3 step 10: the authorization identity is sent for those who rely on it. */
function authenticate(stream: ServerInitiatorStream): ServerInitiatorStep {
  const element = authElement(EXTERNAL, new TextEncoder().encode(stream.policy.local))
  return goTo({ name: 'awaiting-external', stream }, { type: 'send', element })
}

/** What came of EXTERNAL. A failure leaves dialback (XEP-0178 §3 step 11), if there is that. */
export function takeExternalAnswer(stream: ServerInitiatorStream, element: Element): ServerInitiatorStep {
  if (element.is('success', SASL_NAMESPACE))
    // RFC 6120 §6.4.6: a new stream, no </stream>
    return openStream({ ...stream, bits: stream.bits | AUTHENTICATED }, { type: 'restart' })
  if (!element.is('failure', SASL_NAMESPACE) || !stream.features) return fail('unexpected-element')
  const externalFailure = new SaslError('failure', readFailure(element))
  return negotiateNext({ ...stream, externalFailure }, stream.features)
}

function dialBack(stream: ServerInitiatorStream): ServerInitiatorStep {
  const { local: originating, remote: receiving } = stream.policy
  const streamId = stream.header?.id
  if (!streamId) return fail('dialback-error', { cause: new Error('the response header has no id') })
  return goTo(
    { name: 'awaiting-dialback-key', stream },
    { type: 'make-dialback-key', receiving, originating, streamId },
  )
}

/** Step 1 of dialback (XEP-0220 §2.1.1). */
export function sendKey(stream: ServerInitiatorStream, key: string): ServerInitiatorStep {
  const { local: from, remote: to } = stream.policy
  return goTo({ name: 'awaiting-dialback-result', stream }, { type: 'send', element: resultRequest({ from, to, key }) })
}

/** Step 4 of dialback; the addresses must be those that were asked for (XEP-0220 §3.1). */
export function takeDialbackAnswer(stream: ServerInitiatorStream, element: Element): ServerInitiatorStep {
  const { local, remote } = stream.policy
  const answer = readDialback(element)
  if (answer?.kind !== 'result-answer' || answer.from !== remote || answer.to !== local)
    return fail('unexpected-element')
  const { outcome } = answer
  if (outcome.type === 'invalid') return fail('dialback-invalid')
  if (outcome.type === 'error') return fail('dialback-error', { cause: outcome.error })
  return establish({ ...stream, bits: stream.bits | AUTHENTICATED }, 'dialback')
}

function establish(stream: ServerInitiatorStream, authentication: ServerAuthentication): ServerInitiatorStep {
  const { features, header, certificate } = stream
  if (!features || !header) return fail('unexpected-element')
  return goTo(
    { name: 'established', stream },
    { type: 'clear-negotiation-timer' },
    {
      type: 'established',
      authentication,
      bidirectional: (stream.bits & BIDIRECTIONAL) !== 0,
      certificate,
      dialbackErrors: readDialbackFeature(features)?.errors ?? false,
      features,
      header,
      limits: readAnnouncedLimits(features),
    },
  )
}
