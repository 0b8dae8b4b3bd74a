import type { Jid } from '@parlour/jid'

/** One entry of a conversation. Texts are as they came: the view makes them safe to show. */
export interface Entry {
  /** Milliseconds since the epoch. */
  readonly time: number
  /** `note`: said by the program; `error`: something did not succeed. */
  readonly kind: 'received' | 'sent' | 'note' | 'error'
  readonly who: string
  readonly text: string
  /** Of what was sent: `pending` until the server has it, `failed` when that will not be known. */
  fate?: 'pending' | 'failed' | undefined
}

const MAXIMUM_ENTRIES = 1_000

/** What was said with one contact in this session; the oldest of more than 1 000 entries go. */
export class Conversation {
  /** Bare JID; `''`: the program itself. */
  readonly jid: string
  readonly entries: Entry[] = []
  unread = 0
  /** Lines scrolled back from the end. */
  scroll = 0
  /** The session that spoke last is answered, until its presence changes (RFC 6121 §5.1). */
  lockedTo: Jid | undefined

  constructor(jid: string) {
    this.jid = jid
  }

  add(entry: Entry): void {
    this.entries.push(entry)
    if (this.entries.length > MAXIMUM_ENTRIES) this.entries.shift()
  }
}
