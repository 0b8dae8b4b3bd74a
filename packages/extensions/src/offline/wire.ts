/** XEP-0160: Best Practices for Handling Offline Messages, version 1.0.1. */
import type { Message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { CHAT_STATES_NAMESPACE } from '../chat-states/wire.ts'
import { DELAY_NAMESPACE } from '../delay/wire.ts'
import { HINTS_NAMESPACE, hasHint } from '../hints/wire.ts'
import { STANZA_IDS_NAMESPACE } from '../stanza-ids/wire.ts'

/** The service discovery feature (XEP-0160 §4). */
export const OFFLINE_FEATURE = 'msgoffline'

/** What is in one of these says nothing by itself: XEP-0085, XEP-0334, XEP-0359, XEP-0203. */
const EMPTY_NAMESPACES: ReadonlySet<string> = new Set([
  CHAT_STATES_NAMESPACE,
  HINTS_NAMESPACE,
  STANZA_IDS_NAMESPACE,
  DELAY_NAMESPACE,
])

/**
 * What becomes of a message whose receiver is offline (XEP-0160 §3, RFC 6121 §8.5.2.2.1):
 * - `store`;
 * - `refuse`: its sender shall know that it does not arrive;
 * - `drop`: there is nothing in it that anybody could miss.
 */
export type OfflineTreatment = 'store' | 'refuse' | 'drop'

export function offlineTreatment(message: Message): OfflineTreatment {
  const { type, element } = message
  if (type === 'error' || type === 'headline') return 'drop'
  if (type === 'groupchat') return 'refuse'
  if (hasHint(element, 'no-store')) return message.body === undefined ? 'drop' : 'refuse'
  return hasHint(element, 'store') || element.elements().some(isContent) ? 'store' : 'drop'
}

/** A thread belongs to a standalone notification (XEP-0085 §2). */
function isContent(child: Element): boolean {
  return !EMPTY_NAMESPACES.has(child.namespace) && child.name !== 'thread'
}
