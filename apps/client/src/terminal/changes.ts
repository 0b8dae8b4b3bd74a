import { bodyWithoutFallback } from '@parlour/extensions/fallback'
import { readCorrection } from '@parlour/extensions/message-correction'
import { readRetracted, readRetraction } from '@parlour/extensions/message-retraction'
import { REACTIONS_NAMESPACE, readReactions } from '@parlour/extensions/reactions'
import type { Message } from '@parlour/stanza'

/** What a message does to another one, whose `id` is `of`: it is said by the same person, but for reactions. */
export type Change =
  | { readonly type: 'correction'; readonly of: string; readonly text: string }
  | { readonly type: 'retraction'; readonly of: string }
  | { readonly type: 'reactions'; readonly of: string; readonly reactions: readonly string[] }

/**
 * A correction (XEP-0308), a retraction or what it has left in an archive (XEP-0424), reactions (XEP-0444). What stands in
 * such a message for those who do not know these is not for us. `undefined`: the message is one of its own.
 */
export function changeIn(message: Message): Change | undefined {
  const change = read(message)
  return change && change.of.length <= MAXIMUM_ID ? change : undefined
}

/** What changes is remembered by ids, which may be as long as a stanza. */
const MAXIMUM_ID = 3_000

function read(message: Message): Change | undefined {
  const { element, id } = message
  const retracted = readRetraction(element)?.id ?? (readRetracted(element) && (readCorrection(element)?.id ?? id))
  if (retracted) return { type: 'retraction', of: retracted }
  const reactions = readReactions(element)
  if (reactions && bodyWithoutFallback(element, REACTIONS_NAMESPACE) === undefined)
    return { type: 'reactions', of: reactions.id, reactions: reactions.reactions }
  const corrected = readCorrection(element)?.id
  return corrected && hasText(message) ? { type: 'correction', of: corrected, text: textOf(message) } : undefined
}

/** What a message says, its subject before it. */
export function textOf({ subject, body }: Message): string {
  return shortened([subject && `[${subject}]`, body].filter(Boolean).join(' '))
}

/** Longer texts are kept and shown cut: strangers may not fill the memory, and wrapping takes as long as they are. */
const MAXIMUM_TEXT = 10_000

/** Room for what is said of the length, of an answer and of reactions. */
const MORE = 500

/** Cut, with its length said, but for what was cut before. A copy: a part of a text would keep all of it in memory. */
export function shortened(text: string): string {
  if (text.length <= MAXIMUM_TEXT + MORE) return text
  const start = Buffer.from(text.slice(0, MAXIMUM_TEXT), 'utf16le').toString('utf16le')
  return `${start}… (${text.length} characters)`
}

export const hasText = ({ body, subject }: Message): boolean => body !== undefined || subject !== undefined

type Said = 'received' | 'sent'

/** Who changes something, and when. */
export interface Author {
  readonly kind: Said
  readonly who: string
  /** Milliseconds since the epoch. */
  readonly time: number
}

/** Where something belongs among what was said at the same moment. */
export type AmongEqual = 'before' | 'behind'

interface Dated<Value> {
  readonly time: number
  readonly value: Value
}

/** Messages of one conversation of which it is known what became of them; the oldest of more go. */
const MAXIMUM = 1_000

/** What became of the messages of a conversation, in whichever order that is heard. */
export class Changes {
  readonly #texts = new Map<string, Dated<string>>()
  readonly #retracted = new Map<string, Dated<true>>()
  /** Of each person to a message. */
  readonly #reactions = new Map<string, Map<string, Dated<readonly string[]>>>()

  add(change: Change, { kind, who, time }: Author, amongEqual: AmongEqual): void {
    const dated = <Value>(value: Value) => ({ time, value, amongEqual })
    if (change.type === 'correction') put(this.#texts, keyOf(kind, change.of), dated(change.text))
    else if (change.type === 'retraction') put(this.#retracted, keyOf(kind, change.of), dated(true))
    else {
      const known = this.#reactions.get(change.of) ?? new Map()
      put(known, who, dated(change.reactions))
      bounded(this.#reactions).set(change.of, known)
    }
  }

  isRetracted(kind: Said, id: string): boolean {
    return this.#retracted.has(keyOf(kind, id))
  }

  /** How a message reads now. */
  applied(kind: Said, id: string, text: string): string {
    if (this.isRetracted(kind, id)) return '(retracted)'
    const corrected = this.#texts.get(keyOf(kind, id))
    const reactions = new Set([...(this.#reactions.get(id)?.values() ?? [])].flatMap(({ value }) => value))
    return [
      corrected ? `${corrected.value} (edited)` : text,
      ...(reactions.size > 0 ? [`[${[...reactions].join(' ')}]`] : []),
    ].join(' ')
  }
}

/** Between two, who wrote a message is told by where it came from. */
const keyOf = (kind: Said, id: string): string => `${kind} ${id}`

/** Later ones hold. */
function put<Value>(
  map: Map<string, Dated<Value>>,
  key: string,
  dated: Dated<Value> & { readonly amongEqual: AmongEqual },
): void {
  const known = map.get(key)?.time ?? Number.NEGATIVE_INFINITY
  if (known < dated.time || (known === dated.time && dated.amongEqual === 'behind')) bounded(map).set(key, dated)
}

function bounded<Value>(map: Map<string, Value>): Map<string, Value> {
  if (map.size >= MAXIMUM) map.delete(map.keys().next().value as string)
  return map
}
