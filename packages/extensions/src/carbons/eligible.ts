/** Which messages are copied: XEP-0280 §6.1, to the letter, as §6.2 asks of who announces `urn:xmpp:carbons:rules:0`. */
import type { Message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { CHAT_MARKERS_NAMESPACE } from '../chat-markers/wire.ts'
import { CHAT_STATES_NAMESPACE } from '../chat-states/wire.ts'
import { hasHint } from '../hints/wire.ts'
import { RECEIPTS_NAMESPACE } from '../receipts/wire.ts'
import { CARBONS_NAMESPACE, type CarbonDirection } from './wire.ts'

/** Payload that instant messaging is made of: XEP-0184, XEP-0085, XEP-0333. */
const MESSAGING_NAMESPACES: ReadonlySet<string> = new Set([
  RECEIPTS_NAMESPACE,
  CHAT_STATES_NAMESPACE,
  CHAT_MARKERS_NAMESPACE,
])

const ROOM_USER_NAMESPACE = 'http://jabber.org/protocol/muc#user'
const DIRECT_INVITATION_NAMESPACE = 'jabber:x:conference'

/** Whether a message is copied; of an error only whether nothing forbids it: it follows what it answers. */
export function isEligible(message: Message, direction: CarbonDirection): boolean {
  const { type, element } = message
  if (type === 'groupchat' || element.child('private', CARBONS_NAMESPACE) || hasHint(element, 'no-copy')) return false
  if (type === 'error') return true
  const room = element.child('x', ROOM_USER_NAMESPACE)
  if (room?.child('invite') || element.child('x', DIRECT_INVITATION_NAMESPACE)) return true
  // Of what comes from an occupant of a room, the room itself sends each joined client its own.
  if (room && direction === 'received' && message.from?.isFull) return false
  return type === 'chat' || (type === 'normal' && message.body !== undefined) || element.elements().some(isMessaging)
}

function isMessaging({ namespace }: Element): boolean {
  return MESSAGING_NAMESPACES.has(namespace)
}
