import type { Element } from '@parlour/xml'
import { el } from '@parlour/xml'

const DELAY_NAMESPACE = 'urn:xmpp:delay'
const SUBSCRIPTIONS: ReadonlySet<string | undefined> = new Set([
  'subscribe',
  'subscribed',
  'unsubscribe',
  'unsubscribed',
])

/**
 * What to send in a new session of a stanza that the former one had not acknowledged (XEP-0198 §4): messages, with the
 * time when they were sent first (XEP-0203), and what changes subscriptions. Undefined for the rest: errors, availability, which belongs to
 * a session, requests, whose answers would go to the former address, and answers to it.
 *
 * @param at when it was sent, in milliseconds since the epoch
 */
export function toSendAgain(stanza: Element, at: number): Element | undefined {
  const { type } = stanza.attributes
  if (stanza.name === 'presence') return SUBSCRIPTIONS.has(type) ? stanza : undefined
  if (stanza.name !== 'message' || type === 'error') return undefined
  if (stanza.child('delay', DELAY_NAMESPACE)) return stanza
  return stanza.withChildren([...stanza.children, el('delay', DELAY_NAMESPACE, { stamp: new Date(at).toISOString() })])
}
