/** XEP-0490: Message Displayed Synchronization, version 1.0.1. */
import type { Jid } from '@parlour/jid'
import { type Message, message } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { dataFormElement } from '../data-forms/wire.ts'
import { STANZA_IDS_NAMESPACE, type StanzaId, stanzaIdElement } from '../stanza-ids/wire.ts'

/** The namespace, and the node that holds the states of an account (XEP-0490 §4.1). */
export const DISPLAYED_NAMESPACE = 'urn:xmpp:mds:displayed:0'

/** The service discovery feature of accounts whose server takes states out of messages (XEP-0490 §4.5.2). */
export const SERVER_ASSIST_FEATURE = 'urn:xmpp:mds:server-assist:0'

export const PUBSUB_NAMESPACE = 'http://jabber.org/protocol/pubsub'
const EVENT_NAMESPACE = 'http://jabber.org/protocol/pubsub#event'

/** How far the user has seen a conversation. */
export interface DisplayedState {
  /** The bare JID of a contact or a room, the full one of an occupant (XEP-0490 §4.1). */
  readonly conversation: string
  /** The latest message that was displayed. */
  readonly message: StanzaId
}

/** XEP-0490 §4.2: what the node is like, and what a client insists on. */
export const DISPLAYED_NODE_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['pubsub#persist_items', 'true'],
  ['pubsub#max_items', 'max'],
  ['pubsub#send_last_published_item', 'never'],
  ['pubsub#access_model', 'whitelist'],
])

export const PUBLISH_OPTIONS_FORM = 'http://jabber.org/protocol/pubsub#publish-options'

/** `<displayed/>`: what an item contains, and what a server takes out of a message. */
export function displayedStateElement(id: StanzaId): Element {
  return el('displayed', DISPLAYED_NAMESPACE, {}, stanzaIdElement(id))
}

/** The message that `<displayed/>` names; `undefined` without exactly one (XEP-0490 §4.1). */
export function readDisplayedState(displayed: Element | undefined): StanzaId | undefined {
  const [element, ...others] = displayed?.childrenNamed('stanza-id', STANZA_IDS_NAMESPACE) ?? []
  const [id, by] = [element?.attribute('id'), element?.attribute('by')]
  return id && by && others.length === 0 ? { id, by } : undefined
}

/** The `<displayed/>` of a message for the own server (XEP-0490 §4.5.3). */
export function assistElement(message: Element): Element | undefined {
  return message.child('displayed', DISPLAYED_NAMESPACE)
}

/** The message without it; the same object where there is none. */
export function withoutAssist(message: Element): Element {
  if (!assistElement(message)) return message
  return message.withChildren(
    message.children.filter((node) => typeof node === 'string' || !node.is('displayed', DISPLAYED_NAMESPACE)),
  )
}

export function displayedItemElement({ conversation, message }: DisplayedState, namespace = PUBSUB_NAMESPACE): Element {
  return el('item', namespace, { id: conversation }, displayedStateElement(message))
}

/** The payload of the request that publishes a state, with the options that protect it (XEP-0490 §4.2). */
export function displayedPublication(state: DisplayedState): Element {
  const fields = Array.from(DISPLAYED_NODE_OPTIONS, ([name, value]) => ({ name, values: [value] }))
  const options = dataFormElement({ type: 'submit', formType: PUBLISH_OPTIONS_FORM, fields })
  return el(
    'pubsub',
    PUBSUB_NAMESPACE,
    {},
    el('publish', PUBSUB_NAMESPACE, { node: DISPLAYED_NAMESPACE }, displayedItemElement(state)),
    el('publish-options', PUBSUB_NAMESPACE, {}, options),
  )
}

/** The payload of the request for all states (XEP-0490 §4.4), and of its answer. */
export function displayedItemsElement(states: readonly DisplayedState[] = []): Element {
  const items = states.map((state) => displayedItemElement(state))
  return el('pubsub', PUBSUB_NAMESPACE, {}, el('items', PUBSUB_NAMESPACE, { node: DISPLAYED_NAMESPACE }, ...items))
}

/** The states in the items of an answer or of an event. Those that say nothing readable are passed over. */
export function readDisplayedItems(parent: Element): DisplayedState[] {
  const items = parent.child('items', parent.namespace)
  if (items?.attribute('node') !== DISPLAYED_NAMESPACE) return []
  return items.childrenNamed('item').flatMap((item) => readDisplayedItem(item) ?? [])
}

/** The state that an item says; `undefined`: none that is readable. */
export function readDisplayedItem(item: Element): DisplayedState | undefined {
  const conversation = item.attribute('id')
  const message = readDisplayedState(item.child('displayed', DISPLAYED_NAMESPACE))
  return conversation && message ? { conversation, message } : undefined
}

/** The notification of a change, to a device of the account (XEP-0490 §4.5.3). */
export function displayedEvent(state: DisplayedState, account: Jid | string, to: Jid | string, id: string): Element {
  const items = el(
    'items',
    EVENT_NAMESPACE,
    { node: DISPLAYED_NAMESPACE },
    displayedItemElement(state, EVENT_NAMESPACE),
  )
  return message({ from: account, to, id, type: 'headline', children: [el('event', EVENT_NAMESPACE, {}, items)] })
}

/** The states that a notification tells; none unless it comes from `account` itself: anybody can write one. */
export function readDisplayedEvent({ from, element }: Message, account: Jid): DisplayedState[] {
  if (!from?.equals(account.bare)) return []
  const event = element.child('event', EVENT_NAMESPACE)
  return event ? readDisplayedItems(event) : []
}
