/** XEP-0357: Push Notifications, version 0.4.1. */
import { type Jid, parseJid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { DATA_FORM_NAMESPACE, dataFormElement, formValue, readDataForm } from '../data-forms/wire.ts'

/** Also the service discovery feature of accounts and of push services (XEP-0357 §4). */
export const PUSH_NAMESPACE = 'urn:xmpp:push:0'

/** FORM_TYPE of what a notification tells (XEP-0357 §7). */
export const PUSH_SUMMARY_FORM = 'urn:xmpp:push:summary'

/** FORM_TYPE of what a service wants to get with each notification (XEP-0357 §5). */
export const PUBLISH_OPTIONS_FORM = 'http://jabber.org/protocol/pubsub#publish-options'

const PUBSUB_NAMESPACE = 'http://jabber.org/protocol/pubsub'

/** Where notifications for a device go: a node of a push service. */
export interface PushTarget {
  /** The push service. */
  readonly jid: Jid
  readonly node?: string
}

/** What a client asks of its server (XEP-0357 §5). */
export interface PushEnabling extends PushTarget {
  /** The form that is sent with each notification, as the service gave it: credentials, for example. */
  readonly options?: Element
}

/** What a notification tells (XEP-0357 §7, §11.3). Everything is optional. */
export interface PushSummary {
  readonly messageCount?: number
  readonly pendingSubscriptionCount?: number
  readonly lastMessageSender?: string
  readonly lastMessageBody?: string
}

export function enablePushElement({ jid, node, options }: PushEnabling): Element {
  return el('enable', PUSH_NAMESPACE, { jid: jid.toString(), node }, options)
}

/** Without a node: all nodes of the service (XEP-0357 §6). */
export function disablePushElement({ jid, node }: PushTarget): Element {
  return el('disable', PUSH_NAMESPACE, { jid: jid.toString(), node })
}

/** @throws {StanzaError} `bad-request` without the service, or with a form that is not one of publish options; `jid-malformed` */
export function readEnablePush(enable: Element): PushEnabling {
  const options = enable.child('x', DATA_FORM_NAMESPACE)
  if (options && readDataForm(options).formType !== PUBLISH_OPTIONS_FORM)
    throw new StanzaError('bad-request', `a form with FORM_TYPE ${PUBLISH_OPTIONS_FORM} is expected`)
  return options ? { ...readPushTarget(enable), options } : readPushTarget(enable)
}

/** Of `<enable/>` and `<disable/>`. @throws {StanzaError} `bad-request` without the service; `jid-malformed` */
export function readPushTarget(element: Element): PushTarget {
  const [jid, node] = [element.attribute('jid'), element.attribute('node')]
  if (!jid) throw new StanzaError('bad-request', "the attribute 'jid' names the push service (XEP-0357 §5)")
  try {
    return node === undefined ? { jid: parseJid(jid) } : { jid: parseJid(jid), node }
  } catch (cause) {
    throw new StanzaError('jid-malformed', undefined, { cause })
  }
}

/** What a server sends to a push service (XEP-0357 §7). */
export function pushPublication(node: string | undefined, summary: PushSummary, options?: Element): Element {
  const notification = el('notification', PUSH_NAMESPACE, {}, summaryElement(summary))
  return el(
    'pubsub',
    PUBSUB_NAMESPACE,
    {},
    el('publish', PUBSUB_NAMESPACE, { node }, el('item', PUBSUB_NAMESPACE, {}, notification)),
    options && el('publish-options', PUBSUB_NAMESPACE, {}, options),
  )
}

/** A notification, as a push service gets it. */
export interface PushNotification {
  readonly node?: string
  readonly summary: PushSummary
  /** As the client gave it to its server. */
  readonly options?: Element
}

/** For push services: what the `<pubsub/>` of a request publishes; `undefined`: no notification. */
export function readPushPublication(pubsub: Element): PushNotification | undefined {
  const publish = pubsub.child('publish')
  const notification = publish?.child('item')?.child('notification', PUSH_NAMESPACE)
  if (!publish || !notification) return undefined
  const node = publish.attribute('node')
  const options = pubsub.child('publish-options')?.child('x', DATA_FORM_NAMESPACE)
  const summary = readSummary(notification)
  return { summary, ...(node === undefined ? {} : { node }), ...(options ? { options } : {}) }
}

/** Of a message: the node of which its sender no longer takes notifications (XEP-0357 §8); `undefined`: it says nothing like it. */
export function readPushEnd(message: Element): { readonly node?: string } | undefined {
  const pubsub = message.child('pubsub', PUBSUB_NAMESPACE)
  if (pubsub?.child('affiliation')?.attribute('affiliation') !== 'none') return undefined
  const node = pubsub.attribute('node')
  return node === undefined ? {} : { node }
}

const FIELDS = {
  messageCount: 'message-count',
  pendingSubscriptionCount: 'pending-subscription-count',
  lastMessageSender: 'last-message-sender',
  lastMessageBody: 'last-message-body',
} as const satisfies Record<keyof PushSummary, string>

function summaryElement(summary: PushSummary): Element | undefined {
  const fields = Object.entries(FIELDS).flatMap(([key, name]) => {
    const value = summary[key as keyof PushSummary]
    return value === undefined ? [] : [{ name, values: [String(value)] }]
  })
  if (fields.length === 0) return undefined
  return dataFormElement({ type: 'submit', formType: PUSH_SUMMARY_FORM, fields })
}

function readSummary(notification: Element): PushSummary {
  const forms = notification.childrenNamed('x', DATA_FORM_NAMESPACE).map(readDataForm)
  const form = forms.find(({ formType }) => formType === PUSH_SUMMARY_FORM)
  if (!form) return {}
  const [messages, subscriptions, sender, body] = Object.values(FIELDS).map((name) => formValue(form, name))
  return {
    ...(isCount(messages) ? { messageCount: Number(messages) } : {}),
    ...(isCount(subscriptions) ? { pendingSubscriptionCount: Number(subscriptions) } : {}),
    ...(sender === undefined ? {} : { lastMessageSender: sender }),
    ...(body === undefined ? {} : { lastMessageBody: body }),
  }
}

const isCount = (text: string | undefined): text is string => text !== undefined && /^\d{1,9}$/.test(text)
