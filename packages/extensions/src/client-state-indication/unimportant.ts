import type { Message, Presence, Stanza } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { CARBONS_NAMESPACE } from '../carbons/wire.ts'
import { isStandaloneChatState } from '../chat-states/wire.ts'
import { readForwarded } from '../forwarding/wire.ts'

const ROOM_USER_NAMESPACE = 'http://jabber.org/protocol/muc#user'

export type Unimportant = 'presence' | 'chat-state'

/** What nobody misses as long as nobody looks; a later one with the same key says all that it says. */
export interface Deferrable {
  readonly kind: Unimportant
  readonly key: string
}

/** Of a stanza that can wait; `undefined`: it cannot (XEP-0352 §3.2). */
export function deferrable(stanza: Stanza): Deferrable | undefined {
  if (stanza.kind === 'presence') return ofPresence(stanza)
  return stanza.kind === 'message' ? ofMessage(stanza) : undefined
}

function ofPresence(presence: Presence): Deferrable | undefined {
  const { type, from } = presence
  if ((type !== undefined && type !== 'unavailable') || !from || isRoomEvent(presence.element)) return undefined
  return { kind: 'presence', key: `presence ${from}` }
}

/** XEP-0045 §7.2.2, §10.9: presence with a status code tells the user of a join, a new nickname, or that they were removed. */
function isRoomEvent(presence: Element): boolean {
  return presence.child('x', ROOM_USER_NAMESPACE)?.child('status') !== undefined
}

function ofMessage({ element, type }: Message): Deferrable | undefined {
  if (type === 'error') return undefined
  const copied = copiedMessage(element)
  const message = copied ?? element
  if (!isStandaloneChatState(message)) return undefined
  const ends = `${message.attribute('from')} ${copied ? message.attribute('to') : ''}`
  return { kind: 'chat-state', key: `chat-state ${ends}` }
}

/** Of a carbon (XEP-0280 §6): what another device of the account received or sent. */
function copiedMessage(element: Element): Element | undefined {
  const copy = element.child('received', CARBONS_NAMESPACE) ?? element.child('sent', CARBONS_NAMESPACE)
  return copy && readForwarded(copy)?.stanza
}
