/** XEP-0421: Occupant identifiers for semi-anonymous MUCs, version 1.0.1. */
import type { Message } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'

/** Also the service discovery feature of rooms that give such ids. */
export const OCCUPANT_IDS_NAMESPACE = 'urn:xmpp:occupant-id:0'

const ROOM_USER_NAMESPACE = 'http://jabber.org/protocol/muc#user'

/** `<occupant-id/>`, put on everything that a room sends (XEP-0421 §3). */
export function occupantIdElement(id: string): Element {
  return el('occupant-id', OCCUPANT_IDS_NAMESPACE, { id })
}

/** The id of the occupant that a stanza is from; to be relied upon only where the room announces it (XEP-0421 §4). */
export function readOccupantId(stanza: Element): string | undefined {
  return stanza.child('occupant-id', OCCUPANT_IDS_NAMESPACE)?.attribute('id') || undefined
}

/**
 * Whether two messages have the same author, so that the one may correct or retract the other: between two, the same
 * bare JID; from a room or privately from one of its occupants, the same full JID, and the same occupant id where there
 * is one (XEP-0308 §4, XEP-0424 §5). That a nickname has changed hands in between shows only in the ids.
 */
export function haveSameAuthor(one: Message, other: Message): boolean {
  if (!one.from || !other.from) return false
  if (!isFromRoom(one) && !isFromRoom(other)) return one.from.bare.equals(other.from.bare)
  const [first, second] = [readOccupantId(one.element), readOccupantId(other.element)]
  // An id that lasts says more than a nickname; with one on one side only, nothing is known.
  if (first !== undefined || second !== undefined) return first === second && one.from.bare.equals(other.from.bare)
  return one.from.isFull && one.from.equals(other.from)
}

/** Whether it is a message of a room, or a private one from an occupant (XEP-0045 §7.5). */
export function isFromRoom({ type, element }: Message): boolean {
  return type === 'groupchat' || element.child('x', ROOM_USER_NAMESPACE) !== undefined
}
