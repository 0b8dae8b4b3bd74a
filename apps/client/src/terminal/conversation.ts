import type { Jid } from '@parlour/jid'
import type { Message } from '@parlour/stanza'
import { type AmongEqual, type Author, type Change, Changes } from './changes.ts'

/** One entry of a conversation. Texts are as they came: the view makes them safe to show. */
export interface Entry {
  /** Milliseconds since the epoch. */
  readonly time: number
  /** `note`: said by the program; `error`: something did not succeed. */
  readonly kind: 'received' | 'sent' | 'note' | 'error'
  readonly who: string
  readonly text: string
  /** Of a received message, the id that the archive gave it; of a sent one, its own. */
  readonly id?: string | undefined
  /** The message's own `id`, by which others change it; of a stand-in, that of the message it corrects. */
  readonly messageId?: string | undefined
  /** A correction of a message that is not shown. */
  readonly isStandIn?: boolean | undefined
  /** Of what was sent: `pending` until the server has it, `failed` when that will not be known. */
  fate?: 'pending' | 'failed' | undefined
}

const MAXIMUM_ENTRIES = 1_000
/** Characters of all entries, with their ids. */
const MAXIMUM_LENGTH = 1_000_000

/** What was said with one contact; the oldest of more than 1 000 entries, or of a million characters, go. */
export class Conversation {
  /** Bare JID; `''`: the program itself. */
  readonly jid: string
  readonly #entries: Entry[] = []
  #length = 0
  readonly #changes = new Changes()
  unread = 0
  /** Lines scrolled back from the end. */
  scroll = 0
  /** The session that spoke last is answered, until its presence changes (RFC 6121 §5.1). */
  lockedTo: Jid | undefined
  /** What the contact said last, with the id that the archive gave it. */
  latest: Message | undefined
  /** The newest page of the archive: on its way, or there. */
  opening: Promise<void> | undefined
  /** The id in the archive of the oldest message that is shown; `undefined`: there is nothing older. */
  oldest: string | undefined

  constructor(jid: string) {
    this.jid = jid
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  add(entry: Entry): void {
    this.#insert(entry, this.#entries.length)
    while (this.#entries.length > 1 && this.#isFull(0)) this.#remove(0)
  }

  clear(): void {
    this.#entries.length = 0
    this.#length = 0
  }

  /** False: that can only be seen in a message which is not shown; a correction then is an entry of its own. */
  change(change: Change, author: Author, amongEqual: AmongEqual = 'behind'): boolean {
    this.#changes.add(change, author, amongEqual)
    const { kind } = author
    return change.type !== 'correction' || this.entries.some((entry) => isMessage(entry, kind, change.of))
  }

  /** What an entry says, and what became of it. */
  textOf({ kind, messageId, text }: Entry): string {
    const isSaid = kind === 'received' || kind === 'sent'
    return isSaid && messageId !== undefined ? this.#changes.applied(kind, messageId, text) : text
  }

  /** The `id` of what was last said, and not taken back. */
  last(kind: 'received' | 'sent'): string | undefined {
    return this.entries.findLast(
      (entry) =>
        entry.kind === kind && entry.messageId !== undefined && !this.#changes.isRetracted(kind, entry.messageId),
    )?.messageId
  }

  /** Puts what was said before where it belongs by its time. False: it is there, or there is no more room. */
  recall(entry: Entry, amongEqual: AmongEqual): boolean {
    if (this.#isFull(1, lengthOf(entry)) || this.has(entry)) return false
    this.#removeStandIn(entry)
    const isBefore = ({ time }: Entry) => time < entry.time || (time === entry.time && amongEqual === 'behind')
    this.#insert(entry, this.#entries.findLastIndex(isBefore) + 1)
    return true
  }

  has({ kind, id }: Entry): boolean {
    return id !== undefined && this.entries.some((entry) => entry.id === id && entry.kind === kind)
  }

  /** The message that it stood in for is there. */
  #removeStandIn({ kind, messageId }: Entry): void {
    const at = this.entries.findIndex((entry) => entry.isStandIn && isMessage(entry, kind, messageId))
    if (at >= 0) this.#remove(at)
  }

  /** Whether there are more entries than there may be, with so many more. */
  #isFull(more: number, length = 0): boolean {
    return this.#entries.length + more > MAXIMUM_ENTRIES || this.#length + length > MAXIMUM_LENGTH
  }

  #insert(entry: Entry, at: number): void {
    this.#entries.splice(at, 0, entry)
    this.#length += lengthOf(entry)
  }

  #remove(at: number): void {
    for (const entry of this.#entries.splice(at, 1)) this.#length -= lengthOf(entry)
  }
}

const isMessage = (entry: Entry, kind: Entry['kind'], messageId: string | undefined): boolean =>
  messageId !== undefined && entry.kind === kind && entry.messageId === messageId

const lengthOf = ({ text, id = '', messageId = '' }: Entry): number => text.length + id.length + messageId.length
