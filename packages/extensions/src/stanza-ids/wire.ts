/** XEP-0359: Unique and Stable Stanza IDs, version 0.7.0. */
import { type Jid, JidError, parseJid } from '@parlour/jid'
import { AttributeRecord, Element, el, type XmlNode } from '@parlour/xml'

/** Also the service discovery feature of who keeps the rules of XEP-0359 §3. */
export const STANZA_IDS_NAMESPACE = 'urn:xmpp:sid:0'

/** An id that somebody has given to a message, unique within what they give (XEP-0359 §2.1). */
export interface StanzaId {
  readonly id: string
  /** Who gave it: the account for messages between two, the room for those of a room (XEP-0359 §3, rule 7). */
  readonly by: string
}

/** `<stanza-id/>`; mostly wanted is {@link withStanzaId}. */
export function stanzaIdElement({ id, by }: StanzaId): Element {
  // Not by `el`: every message gets one, and what XML cannot carry is refused again when it is written.
  const attributes = new AttributeRecord()
  attributes.id = id
  attributes.by = by
  return new Element('stanza-id', STANZA_IDS_NAMESPACE, attributes, NOTHING)
}

const NOTHING: readonly XmlNode[] = []

/** `<origin-id/>`: the id that the sender itself gives (XEP-0359 §2.2). */
export function originIdElement(id: string): Element {
  return el('origin-id', STANZA_IDS_NAMESPACE, { id })
}

/** The message with an id given by `by`, and no other one of theirs (XEP-0359 §3, rules 2 and 4). */
export function withStanzaId(message: Element, { id, by }: { readonly id: string; readonly by: Jid }): Element {
  return withoutStanzaIdsBy(message, by).withLastChild(stanzaIdElement({ id, by: by.toString() }))
}

/** The message without the ids that claim to be given by `by` (XEP-0359 §3, rule 2); the same object where there is none. */
export function withoutStanzaIdsBy(message: Element, by: Jid): Element {
  for (const node of message.children) if (isForged(node, by)) return withoutForged(message, by)
  return message
}

const withoutForged = (message: Element, by: Jid): Element =>
  message.withChildren(message.children.filter((node) => !isForged(node, by)))

const isForged = (node: Element | string, by: Jid): boolean => typeof node !== 'string' && isStanzaIdBy(node, by)

/**
 * The id that `by` gave to a message; `undefined` if there is none, or not exactly one (XEP-0359 §3, rule 4). It can be
 * relied upon only if `by` announces {@link STANZA_IDS_NAMESPACE}: otherwise anybody may have put it there (§6).
 */
export function readStanzaId(message: Element, by: Jid): StanzaId | undefined {
  const [element, ...others] = message.elements().filter((each) => isStanzaIdBy(each, by))
  const id = element?.attribute('id')
  return id && others.length === 0 ? { id, by: by.toString() } : undefined
}

/** The id that the sender says it gave; anybody may have given the same (XEP-0359 §6). */
export function readOriginId(message: Element): string | undefined {
  return message.child('origin-id', STANZA_IDS_NAMESPACE)?.attribute('id') || undefined
}

/** Addresses are compared as addresses, "normalized" (XEP-0359 §3, rule 7), since receivers may do so. */
function isStanzaIdBy(element: Element, by: Jid): boolean {
  if (!element.is('stanza-id', STANZA_IDS_NAMESPACE)) return false
  const claimed = element.attribute('by') ?? ''
  return claimed === by.toString() || readAddress(claimed)?.equals(by) === true
}

function readAddress(text: string): Jid | undefined {
  try {
    return parseJid(text)
  } catch (error) {
    if (error instanceof JidError) return undefined
    throw error
  }
}
