import type { Message, Presence, Stanza } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { CARBONS_NAMESPACE } from '../carbons/wire.ts'
import { isStandaloneChatState } from '../chat-states/wire.ts'
import { readForwarded } from '../forwarding/wire.ts'

const PUBSUB_EVENT_NAMESPACE = 'http://jabber.org/protocol/pubsub#event'

/** Nodes that are presence by other means, of which only the present state means something: XEP-0080, XEP-0107, XEP-0108, XEP-0118. */
const EXTENDED_PRESENCE: ReadonlySet<string> = new Set([
  'http://jabber.org/protocol/geoloc',
  'http://jabber.org/protocol/mood',
  'http://jabber.org/protocol/activity',
  'http://jabber.org/protocol/tune',
])

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

function ofMessage(stanza: Message): Deferrable | undefined {
  const { element } = stanza
  if (stanza.type === 'error') return undefined
  const copied = copiedMessage(stanza)
  const message = copied ?? element
  if (!isStandaloneChatState(message)) return ofExtendedPresence(element)
  const ends = `${message.attribute('from')} ${copied ? message.attribute('to') : ''}`
  return { kind: 'chat-state', key: `chat-state ${ends}` }
}

/** XEP-0352 §3.2: "Defer or discard unimportant PEP notifications". Others may say what is said only once. */
function ofExtendedPresence(message: Element): Deferrable | undefined {
  const event = message.child('event', PUBSUB_EVENT_NAMESPACE)
  const [items, ...others] = event?.elements() ?? []
  const node = items?.is('items') ? items.attribute('node') : undefined
  if (node === undefined || others.length > 0 || !EXTENDED_PRESENCE.has(node)) return undefined
  return { kind: 'presence', key: `${node} ${message.attribute('from')}` }
}

/** Of a carbon (XEP-0280 §7, §8), which the account itself sends: what another device of it received or sent. */
function copiedMessage({ element, from, to }: Message): Element | undefined {
  if (!from || !to?.bare.equals(from)) return undefined
  const copy = element.child('received', CARBONS_NAMESPACE) ?? element.child('sent', CARBONS_NAMESPACE)
  return copy && readForwarded(copy)?.stanza
}
