/** XEP-0308: Last Message Correction, version 1.2.1. */
import type { Message } from '@parlour/stanza'
import { type Element, el, type XmlNode } from '@parlour/xml'
import { DELAY_NAMESPACE } from '../delay/wire.ts'
import { haveSameAuthor, isFromRoom, OCCUPANT_IDS_NAMESPACE } from '../occupant-ids/wire.ts'
import { STANZA_IDS_NAMESPACE } from '../stanza-ids/wire.ts'

/** Also the service discovery feature (XEP-0308 §2). */
export const CORRECTION_NAMESPACE = 'urn:xmpp:message-correct:0'

/** That a message takes the place of another one. */
export interface Correction {
  /** The `id` of the message as it was first sent, however often it was corrected since (XEP-0308 §4). */
  readonly id: string
}

/** `<replace/>`; mostly wanted is {@link correctedMessage}. */
export function replaceElement({ id }: Correction): Element {
  return el('replace', CORRECTION_NAMESPACE, { id })
}

/** What a message corrects; `undefined`: nothing. */
export function readCorrection(message: Element): Correction | undefined {
  if (message.attribute('type') === 'error') return undefined
  const id = message.child('replace', CORRECTION_NAMESPACE)?.attribute('id')
  return id ? { id } : undefined
}

/** XEP-0308 §4: of the stanza itself, not of what it says. */
const METADATA_NAMESPACES: ReadonlySet<string> = new Set([
  STANZA_IDS_NAMESPACE,
  DELAY_NAMESPACE,
  OCCUPANT_IDS_NAMESPACE,
  CORRECTION_NAMESPACE,
])

/**
 * A sent message with another body: "the sender MUST re-send the entire stanza, only altering id and the payloads being
 * corrected" (XEP-0308 §4). If it is a correction itself, the message that it corrected is corrected again.
 *
 * @param id of the correction
 * @throws {RangeError} for a message without an `id`, or without a body: only texts can be corrected
 */
export function correctedMessage(sent: Element, { id, body }: { readonly id: string; readonly body: string }): Element {
  const original = readCorrection(sent)?.id ?? sent.attribute('id')
  if (!original || !sent.child('body')) throw new RangeError('only a text with an id can be corrected (XEP-0308 §4)')
  const kept = sent.children.filter((node) => !isReplaced(node, sent.namespace))
  const text = el('body', sent.namespace, {}, body)
  return sent.withAttributes({ id, from: undefined }).withChildren([text, ...kept, replaceElement({ id: original })])
}

function isReplaced(node: XmlNode, namespace: string): boolean {
  return typeof node !== 'string' && (METADATA_NAMESPACES.has(node.namespace) || node.is('body', namespace))
}

/**
 * Whether a message is corrected by this other one: it refers to it, both are of the same type and have the same author; in
 * rooms with the same nickname (XEP-0308 §4). That the occupant has not changed meanwhile is for the receiver to watch (§5).
 */
export function isCorrectedBy(original: Message, correction: Message): boolean {
  const id = readCorrection(correction.element)?.id
  if (id === undefined || id !== original.id || id === correction.id || original.type !== correction.type) return false
  if (!haveSameAuthor(original, correction)) return false
  return !isFromRoom(original) || `${original.from}` === `${correction.from}`
}
