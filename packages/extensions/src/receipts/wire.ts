/** XEP-0184: Message Delivery Receipts, version 1.4.0. */
import type { Message } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'

/** Also the service discovery feature (XEP-0184 §6). */
export const RECEIPTS_NAMESPACE = 'urn:xmpp:receipts'

/** Asks for a receipt; the message must have an `id` (XEP-0184 §7). */
export function receiptRequestElement(): Element {
  return el('request', RECEIPTS_NAMESPACE)
}

/** Says that the message with this `id` has arrived at a client. */
export function receiptElement(id: string): Element {
  return el('received', RECEIPTS_NAMESPACE, { id })
}

/** The `id` of the message that a receipt is for; `undefined`: the message is none. */
export function readReceipt(message: Element): string | undefined {
  if (message.attribute('type') === 'error') return undefined
  return message.child('received', RECEIPTS_NAMESPACE)?.attribute('id') || undefined
}

/**
 * Whether a message asks for a receipt that may be given: it has an `id`, and is no error, no receipt itself (XEP-0184
 * §5.4), and not one of a room, whose occupants would all answer (§5.3).
 */
export function asksForReceipt({ id, type, element }: Message): boolean {
  if (!id || type === 'error' || type === 'groupchat') return false
  return element.child('request', RECEIPTS_NAMESPACE) !== undefined && !element.child('received', RECEIPTS_NAMESPACE)
}
