/** XEP-0461: Message Replies, version 0.2.1. */
import type { Jid } from '@parlour/jid'
import { type Message, message } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { bodyWithoutFallback, fallbackElement } from '../fallback/wire.ts'
import { readOriginId, readStanzaId } from '../stanza-ids/wire.ts'

/** Also the service discovery feature (XEP-0461 §2). */
export const REPLIES_NAMESPACE = 'urn:xmpp:reply:0'

/** Which message one answers to (XEP-0461 §3). */
export interface Reply {
  /** The message; see {@link repliableId}. */
  readonly id: string
  /** Its author: the full JID; between two the bare one may do. */
  readonly to?: string
}

export interface ReplyFields {
  /** The message that is answered to. */
  readonly of: Message
  readonly body: string
  /** Whom it goes to: default the sender, or the room. */
  readonly to?: Jid | string
  readonly id?: string
  /** The text that clients show that know no replies, quoted before the body (XEP-0461 §3.1); default: none. */
  readonly quote?: string
}

export function replyElement({ id, to }: Reply): Element {
  return el('reply', REPLIES_NAMESPACE, { to, id })
}

/**
 * An answer to a message.
 *
 * @throws {RangeError} for a message without an id that one can refer to (XEP-0461 §4.1)
 */
export function replyMessage({ of, body, to, id, quote }: ReplyFields): Element {
  const answered = repliableId(of)
  if (!answered) throw new RangeError('nobody can refer to this message (XEP-0461 §4.1)')
  const prefix = quote === undefined ? '' : `${quote.replace(/^/gm, '> ')}\n`
  const reply = replyElement({ id: answered, ...(of.from ? { to: of.from.toString() } : {}) })
  const fallback = prefix && fallbackElement(REPLIES_NAMESPACE, [{ start: 0, end: [...prefix].length }])
  const receiver = to ?? (of.type === 'groupchat' ? of.from?.bare : of.from)
  return message({ to: receiver, id, type: of.type, body: prefix + body, children: [reply, fallback || undefined] })
}

/** What a message answers to; `undefined`: nothing. */
export function readReply(message: Element): Reply | undefined {
  const element = message.child('reply', REPLIES_NAMESPACE)
  const id = element?.attribute('id')
  if (!id || message.attribute('type') === 'error') return undefined
  const to = element?.attribute('to')
  return to === undefined ? { id } : { id, to }
}

/** The body of an answer without what it quotes for those who know no replies; for who shows the message that is answered to. */
export function replyBody(message: Element): string | undefined {
  return bodyWithoutFallback(message, REPLIES_NAMESPACE)
}

/**
 * The id by which one answers to a message: in a room the one that the room gave it, without which it cannot be answered
 * to; otherwise its origin id, or its own (XEP-0461 §4.1).
 */
export function repliableId({ type, id, from, element }: Message): string | undefined {
  if (type === 'groupchat') return from && readStanzaId(element, from.bare)?.id
  return readOriginId(element) ?? (id || undefined)
}
