import type { Stanza } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import type { LaterWrite } from '../later-write.ts'

/** A stanza that was sent to a client and not acknowledged. */
export interface Unacknowledged {
  /** As it was, or is to be, written. */
  readonly text: string
  /** When it was sent first, in milliseconds since 1970. */
  readonly at: number
  /** Of the entry in storage; `undefined`: it is kept in memory only. */
  readonly id: string | undefined
  /** Its place among all that was sent in the session, modulo 2^32. */
  readonly position: number
  /** Who else has got the same message. */
  readonly reached: Reached | undefined
}

/** A session, as far as it matters for others that have got the same. */
export interface Recipient {
  readonly account: string
}

/** One of which no more is known than that it had the message: acknowledged, or without XEP-0198. */
type Elsewhere = 'elsewhere'

/**
 * Who, of whatever account, has got a message or a copy of it, and has acknowledged it or still may: an entry of a queue,
 * or a session without one.
 */
export type Reached = (QueuedStanza | Recipient | Elsewhere)[]

type Kind = Stanza['kind']

/**
 * What outlives a crash of the server, by kind and type: what tells something that is said once. Presence is asked for
 * anew when a session comes back after a restart; who asked a question has given up by then, or asks again.
 */
const DURABLE: { readonly [K in Kind]: ReadonlySet<string | undefined> } = {
  message: new Set(['normal', 'chat', 'groupchat', 'headline', 'error']),
  presence: new Set(['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed']),
  iq: new Set(['set']),
}

/** Whether a stanza to a client with XEP-0198 is stored until it acknowledges it. */
export function isDurable({ kind, type }: Pick<Stanza, 'kind' | 'type'>): boolean {
  return DURABLE[kind].has(type)
}

/** Whose queue it is. */
export interface Queue {
  readonly account: string
  readonly key: string
  entryWrite(item: QueuedStanza): Write
  /** It may be written to the client now. */
  ready(item: QueuedStanza): void
}

/**
 * A stanza in the queue of a session. It is written to the client once its entry is stored: so a client never counts what
 * would not be known after a crash, or would then come again.
 */
export class QueuedStanza implements Unacknowledged, LaterWrite {
  readonly text: string
  readonly at: number
  readonly id: string | undefined
  position: number
  readonly reached: Reached | undefined
  /** An `<r/>` goes behind it. */
  asks = false
  readonly queue: Queue
  /** Commits under way that store its entry, or its place. */
  #storing = 0

  constructor(queue: Queue, { text, at, id, position, reached }: Unacknowledged) {
    this.queue = queue
    this.text = text
    this.at = at
    this.id = id
    this.position = position
    this.reached = reached
  }

  get account(): string {
    return this.queue.account
  }

  get isStored(): boolean {
    return this.#storing === 0
  }

  /** Its entry, or a change of it, is about to be stored; {@link settled} is to be called when it was, or could not be. */
  storing(): this {
    this.#storing++
    return this
  }

  write(): Write {
    return this.queue.entryWrite(this)
  }

  settled(): void {
    this.#storing--
    if (this.#storing === 0) this.queue.ready(this)
  }
}
