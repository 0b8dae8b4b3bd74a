import { DELAY_NAMESPACE } from '@parlour/extensions/delay'
import { HINTS_NAMESPACE, hasHint } from '@parlour/extensions/hints'
import { readRetraction } from '@parlour/extensions/message-retraction'
import { STANZA_IDS_NAMESPACE } from '@parlour/extensions/stanza-ids'
import type { Message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { ARCHIVE_NAMESPACE } from '../protocol/namespaces.ts'

/**
 * What is in one of these makes no message worth keeping. Everything else does: corrections (XEP-0308), reactions
 * (XEP-0444), replies (XEP-0461), markers (XEP-0333), receipts (XEP-0184), what is encrypted, and what is still to come.
 */
const PASSING_NAMESPACES: ReadonlySet<string> = new Set([
  // XEP-0313 §1: "state changes such as Chat State Notifications".
  'http://jabber.org/protocol/chatstates',
  HINTS_NAMESPACE,
  STANZA_IDS_NAMESPACE,
  DELAY_NAMESPACE,
  // Kept by the service that publishes it (XEP-0060), or a stream of octets (XEP-0047).
  'http://jabber.org/protocol/pubsub#event',
  'http://jabber.org/protocol/ibb',
  // The answers to a query of an archive are in that archive.
  ARCHIVE_NAMESPACE,
])

/** Whether messages of this type belong into archives of accounts, if there is something in them (XEP-0313 §6.1.1). */
export function isConversation({ type }: Message): boolean {
  return type === 'chat' || type === 'normal'
}

/**
 * Whether a message belongs into an archive of an account (XEP-0313 §6.1.1, XEP-0334 §4): of type `normal` or `chat`,
 * with something in it that stays, and not against the will of who sent it. A retraction is always archived (XEP-0424 §5).
 */
export function isArchivable(message: Message): boolean {
  const { element } = message
  if (!isConversation(message)) return false
  if (readRetraction(element)) return true
  if (hasHint(element, 'no-store') || hasHint(element, 'no-permanent-store')) return false
  return element.child('body') !== undefined || hasHint(element, 'store') || element.elements().some(isLasting)
}

/** A thread belongs to a standalone notification (XEP-0085 §2). */
function isLasting(child: Element): boolean {
  return !PASSING_NAMESPACES.has(child.namespace) && child.name !== 'thread'
}
