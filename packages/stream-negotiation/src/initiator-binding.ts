import { isJid, type Jid, parseJid } from '@parlour/jid'
import { CLIENT_NAMESPACE, iq, StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { type Environment, randomIdentifier } from './environment.ts'
import { SESSION_FEATURE } from './features.ts'
import { fail } from './initiator-failure.ts'
import { goTo } from './initiator-steps.ts'
import type { InitiatorStream } from './initiator-stream.ts'
import type { InitiatorStep } from './initiator-types.ts'
import { BIND_NAMESPACE, SESSION_NAMESPACE } from './namespaces.ts'
import type { Bound } from './sasl2-initiator-types.ts'
import { BOUND } from './stream-bits.ts'

/** Asks for a resource (RFC 6120 §7.6.1, §7.7.1). */
export function requestBinding(stream: InitiatorStream, env: Environment): InitiatorStep {
  const id = randomIdentifier(env)
  const { resource } = stream.policy
  const wish = resource !== undefined && el('resource', BIND_NAMESPACE, {}, resource)
  const element = iq({ type: 'set', id, payload: el('bind', BIND_NAMESPACE, {}, wish) })
  return goTo({ name: 'awaiting-bind-result', stream, id }, { type: 'send', element })
}

/** Takes the answer: the address is what the server says it is (RFC 6120 §4.3.6). */
export function takeBindResult(stream: InitiatorStream, id: string, element: Element, env: Environment): InitiatorStep {
  if (!isAnswer(element, id)) return fail('unexpected-element')
  if (element.attribute('type') === 'error') return fail('bind-failed', { cause: StanzaError.fromElement(element) })
  const jid = boundAddress(element)
  if (!jid) return fail('invalid-address')
  const session = stream.features?.child(SESSION_FEATURE.name, SESSION_FEATURE.namespace)
  if (session && !SESSION_FEATURE.parse(session).optional) return requestSession(stream, jid, env)
  return establish(stream, jid)
}

/** Takes the answer to the session request. */
export function takeSessionResult(stream: InitiatorStream, id: string, jid: Jid, element: Element): InitiatorStep {
  if (!isAnswer(element, id)) return fail('unexpected-element')
  if (element.attribute('type') === 'error') return fail('session-failed', { cause: StanzaError.fromElement(element) })
  return establish(stream, jid)
}

/** RFC 3921 §3: servers that know nothing newer require it. */
function requestSession(stream: InitiatorStream, jid: Jid, env: Environment): InitiatorStep {
  const id = randomIdentifier(env)
  const element = iq({ type: 'set', id, payload: el('session', SESSION_NAMESPACE) })
  return goTo({ name: 'awaiting-session-result', stream, id, jid }, { type: 'send', element })
}

/** The stream stands: a resource is bound, or the session of before goes on. */
export function establish(stream: InitiatorStream, jid: Jid, bound?: Bound): InitiatorStep {
  const { features, header } = stream
  if (!features || !header) return fail('unexpected-element')
  return goTo(
    { name: 'established', stream: { ...stream, bits: stream.bits | BOUND }, jid },
    { type: 'clear-negotiation-timer' },
    { type: 'established', jid, features, header, resumption: stream.resumption, bound },
  )
}

function boundAddress(element: Element): Jid | undefined {
  const text = element.child('bind', BIND_NAMESPACE)?.childText('jid', BIND_NAMESPACE)?.trim()
  if (text === undefined || !isJid(text)) return undefined
  const jid = parseJid(text)
  return jid.isFull && jid.local !== '' ? jid : undefined
}

function isAnswer(element: Element, id: string): boolean {
  const type = element.attribute('type')
  return element.is('iq', CLIENT_NAMESPACE) && element.attribute('id') === id && (type === 'result' || type === 'error')
}
