import type { Jid } from '@parlour/jid'
import type { Message } from '@parlour/stanza'

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
  /** Of what was sent: `pending` until the server has it, `failed` when that will not be known. */
  fate?: 'pending' | 'failed' | undefined
}

/** Where something belongs among what was said at the same moment. */
export type AmongEqual = 'before' | 'behind'

const MAXIMUM_ENTRIES = 1_000

/** What was said with one contact; the oldest of more than 1 000 entries go. */
export class Conversation {
  /** Bare JID; `''`: the program itself. */
  readonly jid: string
  readonly entries: Entry[] = []
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

  add(entry: Entry): void {
    this.entries.push(entry)
    if (this.entries.length > MAXIMUM_ENTRIES) this.entries.shift()
  }

  /** Puts what was said before where it belongs by its time. False: it is there, or there is no more room. */
  recall(entry: Entry, amongEqual: AmongEqual): boolean {
    if (this.entries.length >= MAXIMUM_ENTRIES || this.has(entry)) return false
    const isBefore = ({ time }: Entry) => time < entry.time || (time === entry.time && amongEqual === 'behind')
    this.entries.splice(this.entries.findLastIndex(isBefore) + 1, 0, entry)
    return true
  }

  has({ kind, id }: Entry): boolean {
    return id !== undefined && this.entries.some((entry) => entry.id === id && entry.kind === kind)
  }
}
