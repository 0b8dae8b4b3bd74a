import type { Write } from '@parlour/storage'
import type { LaterWrite } from '../stanza-transaction.ts'
import type { Reached, Unacknowledged } from './unacknowledged.ts'

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
