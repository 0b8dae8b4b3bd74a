/** XEP-0444: Message Reactions, version 0.2.1. */
import type { Jid } from '@parlour/jid'
import { type Message, type MessageType, message } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { type DataForm, formValue, formValues } from '../data-forms/wire.ts'
import { hintElement } from '../hints/wire.ts'
import { readOriginId, readStanzaId } from '../stanza-ids/wire.ts'

/** Also the service discovery feature (XEP-0444 §2.1). */
export const REACTIONS_NAMESPACE = 'urn:xmpp:reactions:0'

/** The FORM_TYPE of {@link ReactionRestrictions} in service discovery (XEP-0444 §2.2). */
export const REACTION_RESTRICTIONS_FORM = 'urn:xmpp:reactions:0:restrictions'

/** All reactions of one sender to one message; none: they are taken back (XEP-0444 §3.2). */
export interface Reactions {
  /** The message; see {@link reactableId}. */
  readonly id: string
  /** Emojis, each once. */
  readonly reactions: readonly string[]
}

/** What an entity allows (XEP-0444 §2.2). */
export interface ReactionRestrictions {
  readonly maxPerUser?: number
  readonly allowed?: readonly string[]
}

export interface ReactionsFields extends Reactions {
  readonly to: Jid | string
  /** Default `chat`. */
  readonly type?: MessageType
  /** Of the message that carries them. */
  readonly messageId?: string
  /** False: the message that is reacted to has the hint `no-store`. Default true. */
  readonly store?: boolean
}

/** Reactions that are read of one message, and characters of each: emojis are short. */
const MAX_REACTIONS = 100
const MAX_LENGTH = 64

export function reactionsElement({ id, reactions }: Reactions): Element {
  const children = [...new Set(reactions)].map((reaction) => el('reaction', REACTIONS_NAMESPACE, {}, reaction))
  return el('reactions', REACTIONS_NAMESPACE, { id }, ...children)
}

/** The message that carries reactions, with the hint `store` (XEP-0444 §4). */
export function reactionsMessage({
  to,
  type = 'chat',
  messageId,
  store = true,
  ...reactions
}: ReactionsFields): Element {
  const children = [reactionsElement(reactions), store && hintElement('store')]
  return message({ to, type, id: messageId, children })
}

/** The reactions in a message, each once; `undefined`: it has none, or is an error, or has more than one set (XEP-0444 §4). */
export function readReactions(message: Element): Reactions | undefined {
  const [element, ...others] = message.childrenNamed('reactions', REACTIONS_NAMESPACE)
  const id = element?.attribute('id')
  if (!id || others.length > 0 || message.attribute('type') === 'error') return undefined
  const texts = element?.childrenNamed('reaction').map((each) => each.text().trim()) ?? []
  const reactions = [...new Set(texts)].filter((text) => text !== '' && text.length <= MAX_LENGTH)
  return { id, reactions: reactions.slice(0, MAX_REACTIONS) }
}

/**
 * The id by which one reacts to a message: in a room the one that the room gave it, without which it cannot be reacted
 * to; otherwise its origin id, or its own (XEP-0444 §4.2).
 */
export function reactableId({ type, id, from, element }: Message): string | undefined {
  if (type === 'groupchat') return from && readStanzaId(element, from.bare)?.id
  return readOriginId(element) ?? (id || undefined)
}

/** The restrictions among the forms of a service discovery answer (XEP-0128). */
export function readReactionRestrictions(forms: readonly DataForm[]): ReactionRestrictions {
  const form = forms.find(({ formType }) => formType === REACTION_RESTRICTIONS_FORM)
  if (!form) return {}
  const max = formValue(form, 'max_reactions_per_user') ?? ''
  const allowed = formValues(form, 'allowlist')
  return {
    ...(/^\d{1,9}$/.test(max) ? { maxPerUser: Number(max) } : {}),
    ...(allowed.length === 0 ? {} : { allowed }),
  }
}
