/** XEP-0085: Chat State Notifications, version 2.1. */
import { type Element, el } from '@parlour/xml'

/** Also the service discovery feature (XEP-0085 §4). */
export const CHAT_STATES_NAMESPACE = 'http://jabber.org/protocol/chatstates'

/** XEP-0085 §2. */
export type ChatState = 'active' | 'composing' | 'paused' | 'inactive' | 'gone'

const STATES: ReadonlySet<string> = new Set<ChatState>(['active', 'composing', 'paused', 'inactive', 'gone'])

/** What may stand beside a chat state and means nothing without a body (XEP-0085 §5.6; XEP-0334, XEP-0359, XEP-0203). */
const ACCESSORIES: ReadonlySet<string> = new Set([
  'jabber:client thread',
  'urn:xmpp:hints no-store',
  'urn:xmpp:hints no-permanent-store',
  'urn:xmpp:hints no-copy',
  'urn:xmpp:hints store',
  'urn:xmpp:sid:0 stanza-id',
  'urn:xmpp:sid:0 origin-id',
  'urn:xmpp:delay delay',
])

export function chatStateElement(state: ChatState): Element {
  return el(state, CHAT_STATES_NAMESPACE)
}

/** The state that a message tells; `undefined` for errors, unknown states and more than one (XEP-0085 §5.6, rule 1). */
export function readChatState(message: Element): ChatState | undefined {
  if (message.attribute('type') === 'error') return undefined
  const states = message.elements().filter(({ namespace }) => namespace === CHAT_STATES_NAMESPACE)
  const name = states[0]?.name
  return states.length === 1 && name !== undefined && STATES.has(name) ? (name as ChatState) : undefined
}

/** XEP-0085 §5.6, rule 3: a message that says nothing but a chat state, and what servers add to it. */
export function isStandaloneChatState(message: Element): boolean {
  let hasState = false
  for (const { name, namespace } of message.elements()) {
    if (namespace === CHAT_STATES_NAMESPACE) hasState = true
    else if (!ACCESSORIES.has(`${namespace} ${name}`)) return false
  }
  return hasState
}
