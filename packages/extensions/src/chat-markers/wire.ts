/** XEP-0333: Displayed Markers, version 1.0.0. */
import type { Message } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { readStanzaId } from '../stanza-ids/wire.ts'

/** Also the service discovery feature (XEP-0333 §3). */
export const CHAT_MARKERS_NAMESPACE = 'urn:xmpp:chat-markers:0'

/** Asks to be told when the message was displayed; it must have an `id` (XEP-0333 §4.1). */
export function markableElement(): Element {
  return el('markable', CHAT_MARKERS_NAMESPACE)
}

/** Says that this message, and all before it, were displayed (XEP-0333 §4.2). */
export function displayedElement(id: string): Element {
  return el('displayed', CHAT_MARKERS_NAMESPACE, { id })
}

/** The id of the message up to which all were displayed; `undefined`: the message is no marker. */
export function readDisplayed(message: Element): string | undefined {
  if (message.attribute('type') === 'error') return undefined
  return message.child('displayed', CHAT_MARKERS_NAMESPACE)?.attribute('id') || undefined
}

/** Whether the sender of a message wants to be told. */
export function isMarkable(message: Element): boolean {
  return message.attribute('type') !== 'error' && message.child('markable', CHAT_MARKERS_NAMESPACE) !== undefined
}

/**
 * The id by which a message is marked: in a room the one that the room gave it, if it announces XEP-0359 (§4.3: otherwise
 * it may be forged, and is passed over with `false`); between two its own.
 */
export function markableId({ type, id, from, element }: Message, roomGivesIds = true): string | undefined {
  if (type === 'groupchat' && roomGivesIds) return from && readStanzaId(element, from.bare)?.id
  return id || undefined
}
