/** XEP-0424: Message Retraction, version 0.4.2. */
import type { Jid } from '@parlour/jid'
import { Message, type MessageType, message } from '@parlour/stanza'
import { type Element, el, escapeAttribute, parseStartTag } from '@parlour/xml'
import { dateTime, readDateTime } from '../date-time/wire.ts'
import { fallbackElement } from '../fallback/wire.ts'
import { hintElement } from '../hints/wire.ts'
import { CORRECTION_NAMESPACE, readCorrection } from '../message-correction/wire.ts'
import { haveSameAuthor, OCCUPANT_IDS_NAMESPACE } from '../occupant-ids/wire.ts'
import { readOriginId, readStanzaId, STANZA_IDS_NAMESPACE } from '../stanza-ids/wire.ts'

/** Also the service discovery feature of clients, and of servers that archive retractions (XEP-0424 §2). */
export const RETRACTION_NAMESPACE = 'urn:xmpp:message-retract:1'

/** The service discovery feature of archives that keep tombstones (XEP-0424 §4). */
export const TOMBSTONE_FEATURE = 'urn:xmpp:message-retract:1#tombstone'

const FALLBACK_TEXT = "/me retracted a previous message, but it's unsupported by your client."

/** That an author wants a message to be forgotten. */
export interface Retraction {
  /** The message: the id that the room gave it, or its `id` between two (XEP-0424 §5.1). */
  readonly id: string
}

/** What is left of a message that was retracted (XEP-0424 §4). */
export interface Retracted {
  /** The `id` of the message that retracted it. */
  readonly id: string
  /** When that was; milliseconds since 1970. */
  readonly stamp?: number
}

export interface RetractionFields {
  /** Of the message that asks for it. */
  readonly id: string
  readonly to: Jid | string
  readonly type: MessageType
  /** The message that is retracted. */
  readonly of: string
  /** For those whose clients do not know retraction. */
  readonly text?: string
}

/** `<retract/>`; mostly wanted is {@link retractionMessage}. */
export function retractElement({ id }: Retraction): Element {
  return el('retract', RETRACTION_NAMESPACE, { id })
}

/** The message that asks for it, with a text for clients and archives that do not know retraction (XEP-0424 §3). */
export function retractionMessage({ id, to, type, of, text = FALLBACK_TEXT }: RetractionFields): Element {
  const children = [retractElement({ id: of }), fallbackElement(RETRACTION_NAMESPACE), hintElement('store')]
  return message({ id, to: to.toString(), type, body: text, children })
}

/** What a message asks to be retracted; nothing an error asks for. */
export function readRetraction(message: Element): Retraction | undefined {
  if (message.attribute('type') === 'error') return undefined
  const id = message.child('retract', RETRACTION_NAMESPACE)?.attribute('id')
  return id ? { id } : undefined
}

/** `<retracted/>`, in place of what a message contained. */
export function retractedElement({ id, stamp }: Retracted): Element {
  return el('retracted', RETRACTION_NAMESPACE, { id, stamp: stamp === undefined ? undefined : dateTime(stamp) })
}

/** Of a tombstone, what it says; `undefined`: the message is none. */
export function readRetracted(message: Element): Retracted | undefined {
  const element = message.child('retracted', RETRACTION_NAMESPACE)
  const id = element?.attribute('id')
  if (!id) return undefined
  const stamp = readDateTime(element?.attribute('stamp') ?? '')
  return stamp === undefined ? { id } : { id, stamp }
}

/** What tells nothing of the contents, and by what the message can still be found; and which message it corrected. */
const KEPT_NAMESPACES: ReadonlySet<string> = new Set([
  STANZA_IDS_NAMESPACE,
  OCCUPANT_IDS_NAMESPACE,
  CORRECTION_NAMESPACE,
])

/**
 * The message without its contents: addresses, type and ids stay, `<retracted/>` is all that is said (XEP-0424 §4:
 * "the `<body/>` and any related elements which might leak information").
 */
export function tombstone(message: Element, retracted: Retracted): Element {
  const kept = message.elements().filter(({ namespace }) => KEPT_NAMESPACES.has(namespace))
  return message.withChildren([...kept, retractedElement(retracted)])
}

/**
 * The id by which a message is retracted: in a room the one that the room gave it, or else the origin id; otherwise the
 * message's own (XEP-0424 §5.1). `undefined`: it cannot be.
 */
export function retractableId({ type, id, from, element }: Message): string | undefined {
  if (type !== 'groupchat') return id || undefined
  return from && (readStanzaId(element, from.bare)?.id ?? readOriginId(element))
}

/**
 * Whether a message is retracted by this other one: it refers to it, and both have the same author (XEP-0424 §5).
 * Moderation (XEP-0425) is another matter.
 */
export function isRetractedBy(original: Message, request: Message): boolean {
  const retraction = readRetraction(request.element)
  return (
    retraction !== undefined &&
    retraction.id === retractableId(original) &&
    original.element !== request.element &&
    haveSameAuthor(original, request)
  )
}

/**
 * Whether a message is a correction (XEP-0308), by the same author, of what this other one retracts between two: it says what
 * the retracted message has come to say, and goes with it. In rooms the two are referred to by ids of different kinds.
 */
export function isCorrectionRetractedBy(correction: Message, request: Message): boolean {
  const retraction = readRetraction(request.element)
  return (
    retraction !== undefined &&
    correction.type !== 'groupchat' &&
    retraction.id === readCorrection(correction.element)?.id &&
    correction.element !== request.element &&
    haveSameAuthor(correction, request)
  )
}

/**
 * Whether a message between two, which stands as this text, is worth being read: it may be what another one retracts, or a
 * correction of that. Looks at the author and for the id, so that who sends many retractions has nobody's messages read.
 */
export function mayBeRetractedBy(text: string, request: Message): boolean {
  const id = escapeAttribute(readRetraction(request.element)?.id ?? '')
  const start = text.slice(0, text.indexOf('>'))
  const mayHave = start.includes(id) || (text.includes(CORRECTION_NAMESPACE) && text.includes(id))
  if (id === '' || !mayHave) return false
  const { from } = new Message(parseStartTag(text))
  return from !== undefined && request.from !== undefined && from.bare.equals(request.from.bare)
}
