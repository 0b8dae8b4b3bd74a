/** XEP-0334: Message Processing Hints, version 1.0.0. */
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
