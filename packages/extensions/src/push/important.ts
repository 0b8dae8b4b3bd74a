/** Which messages are worth a notification: what somebody wrote, what is encrypted, calls and invitations. */
import type { Iq, Message } from '@parlour/stanza'
import { readFallback } from '../fallback/wire.ts'
import { RETRACTION_NAMESPACE } from '../message-retraction/wire.ts'
import { REACTIONS_NAMESPACE } from '../reactions/wire.ts'

/** `call` cannot wait, not even for an earlier notification to be answered. */
export type Importance = 'message' | 'call'

/** Elements whose message matters without a body: OMEMO (XEP-0384), OpenPGP (XEP-0373), what XEP-0380 marks; invitations. */
const CONTENT: ReadonlySet<string> = new Set([
  'eu.siacs.conversations.axolotl encrypted',
  'urn:xmpp:omemo:1 encrypted',
  'urn:xmpp:omemo:2 encrypted',
  'urn:xmpp:openpgp:0 openpgp',
  'jabber:x:encrypted x',
  'urn:xmpp:eme:0 encryption',
  'jabber:x:conference x',
])

/** What a text only stands in for (XEP-0428): it is no message by itself. */
const STAND_INS = [RETRACTION_NAMESPACE, REACTIONS_NAMESPACE] as const

const CALLS_NAMESPACE = 'urn:xmpp:jingle-message:0'
const CALL_INVITES_NAMESPACE = 'urn:xmpp:call-invites:0'
const JINGLE_NAMESPACE = 'urn:xmpp:jingle:1'
const ROOM_USER_NAMESPACE = 'http://jabber.org/protocol/muc#user'
const OMEMO_NAMESPACE = 'eu.siacs.conversations.axolotl'

/** `undefined`: nobody needs to be woken for it. */
export function importanceOf({ type, element, body }: Message): Importance | undefined {
  if (type === 'error' || type === 'headline') return undefined
  // XEP-0353 §3.1; the others of its elements end a call, for those that have heard of it.
  if (element.child('propose', CALLS_NAMESPACE)) return 'call'
  // XEP-0482 §3.1, likewise; everybody in a room may hear of one.
  if (element.child('invite', CALL_INVITES_NAMESPACE)) return 'call'
  const encrypted = element.child('encrypted', OMEMO_NAMESPACE)
  // XEP-0384 §5.4 (0.3): a message of keys only.
  if (encrypted && !encrypted.child('payload') && !body) return undefined
  if (element.elements().some(({ name, namespace }) => CONTENT.has(`${namespace} ${name}`))) return 'message'
  if (element.child('x', ROOM_USER_NAMESPACE)?.child('invite')) return 'message'
  return body && !STAND_INS.some((namespace) => readFallback(element, namespace)) ? 'message' : undefined
}

/** Whether the body of a message is no more than what is shown in place of what is encrypted. */
export function isEncrypted({ element }: Message): boolean {
  return element.elements().some(({ name, namespace }) => name !== 'x' && CONTENT.has(`${namespace} ${name}`))
}

/** Whether a request begins a call, or a transfer of files, with one device (XEP-0166 §6.2). */
export function isSessionInitiation({ type, payload }: Iq): boolean {
  if (type !== 'set' || !payload?.is('jingle', JINGLE_NAMESPACE)) return false
  return payload.attribute('action') === 'session-initiate'
}
