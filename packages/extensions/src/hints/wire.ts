/** XEP-0334: Message Processing Hints, version 1.0.0. */
import { isJid, parseJid } from '@parlour/jid'
import { type Element, el } from '@parlour/xml'

export const HINTS_NAMESPACE = 'urn:xmpp:hints'

/** XEP-0334 §4. */
export type Hint = 'no-permanent-store' | 'no-store' | 'no-copy' | 'store'

export function hintElement(hint: Hint): Element {
  return el(hint, HINTS_NAMESPACE)
}

/** Whether a message bears a hint. Hints in errors count for nothing (XEP-0334 §5). */
export function hasHint(message: Element, hint: Hint): boolean {
  return message.attribute('type') !== 'error' && message.child(hint, HINTS_NAMESPACE) !== undefined
}

/**
 * The message with hints, each once (XEP-0334 §4).
 *
 * @throws {RangeError} for `no-copy` on a message that is not addressed to a full JID (XEP-0334 §4.3)
 * @example withHints(message({ to: 'romeo@montague.lit/laptop', body: '…' }), 'no-copy', 'no-store')
 */
export function withHints(message: Element, ...hints: readonly Hint[]): Element {
  const to = message.attribute('to') ?? ''
  if (hints.includes('no-copy') && !(isJid(to) && parseJid(to).isFull))
    throw new RangeError('no-copy is for messages to a full JID only (XEP-0334 §4.3)')
  const missing = hints.filter((hint) => !message.child(hint, HINTS_NAMESPACE))
  return missing.length === 0 ? message : message.withChildren([...message.children, ...missing.map(hintElement)])
}
