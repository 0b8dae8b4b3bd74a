import type { StreamError } from '@parlour/xml-stream'
import { HANDLED_COUNT_MODULUS, handledCountTooHigh } from './handled-count.ts'
import { UnacknowledgedQueue } from './unacknowledged-queue.ts'

/** When to ask for an acknowledgement; one `<r/>` is outstanding at a time (XEP-0198 §8.2). */
export interface RequestPolicy {
  /** Ask after so many stanzas; 1 asks after each. */
  readonly everyStanzas: number
  /** Ask after so many bytes. */
  readonly everyBytes: number
}

/** Asks after 10 stanzas or 64 KiB, whichever comes first. */
export const DEFAULT_REQUEST_POLICY: RequestPolicy = { everyStanzas: 10, everyBytes: 65_536 }

/** Bounds and policy of a {@link StreamManagementSender}. */
export interface StreamManagementSenderOptions {
  /** The most stanzas that wait for acknowledgement; default 5000. */
  readonly maxUnacknowledgedStanzas?: number | undefined
  /** The most bytes of them, in the units that `sent` is given; default 4 194 304. One stanza always fits. */
  readonly maxUnacknowledgedBytes?: number | undefined
  /** Default {@link DEFAULT_REQUEST_POLICY}. */
  readonly request?: RequestPolicy | undefined
  /** For a session brought back from storage: the last `h` that the peer told; default 0. */
  readonly acknowledged?: number | undefined
}

/** What {@link StreamManagementSender.sent} says. */
export type SentVerdict =
  /** Counted and kept. */
  | 'ok'
  /** Counted and kept; write `<r/>` behind it. */
  | 'request'
  /** Neither counted nor kept, and not to be written: a bound is reached. */
  | 'full'

const NOTHING: readonly never[] = Object.freeze([])

/**
 * The counter of stanzas sent, and the queue of those that the peer has not acknowledged (XEP-0198 §4). Make one when
 * `<enable/>` or `<enabled/>` is sent; it outlives the connection, and goes on where the session is resumed. Only
 * stanzas are counted: messages, presence and IQs (§1).
 *
 * @example
 * const sender = new StreamManagementSender<string>()
 * const verdict = sender.sent(text, text.length)
 * if (verdict === 'full') close() // the peer does not acknowledge
 * else connection.write(verdict === 'request' ? text + REQUEST_TEXT : text)
 */
export class StreamManagementSender<Item> {
  readonly #queue = new UnacknowledgedQueue<Item>()
  readonly #maxStanzas: number
  readonly #maxBytes: number
  readonly #policy: RequestPolicy
  /** All stanzas that were ever acknowledged: not modulo 2^32. */
  #acknowledged: number
  #requested = false
  #stanzasSinceRequest = 0
  #bytesSinceRequest = 0

  constructor(options: StreamManagementSenderOptions = {}) {
    this.#maxStanzas = options.maxUnacknowledgedStanzas ?? 5000
    this.#maxBytes = options.maxUnacknowledgedBytes ?? 4_194_304
    this.#policy = options.request ?? DEFAULT_REQUEST_POLICY
    this.#acknowledged = options.acknowledged ?? 0
  }

  /** Stanzas sent, modulo 2^32. */
  get sendCount(): number {
    return (this.#acknowledged + this.#queue.length) % HANDLED_COUNT_MODULUS
  }

  /** The `h` that the peer told last: stanzas it has acknowledged, modulo 2^32. */
  get acknowledged(): number {
    return this.#acknowledged % HANDLED_COUNT_MODULUS
  }

  /** How many stanzas wait for acknowledgement. */
  get unacknowledgedStanzas(): number {
    return this.#queue.length
  }

  /** The sum of their sizes. */
  get unacknowledgedBytes(): number {
    return this.#queue.bytes
  }

  /** Whether an `<r/>` is on its way and not answered. */
  get requested(): boolean {
    return this.#requested
  }

  /**
   * Counts and keeps a stanza that is written next. After `request`, the caller writes `<r/>` behind it.
   *
   * @param item what to keep: enough to send the stanza again, or to deal with it when the session is lost
   * @param bytes its size, 0 or more, for the bound
   */
  sent(item: Item, bytes: number): SentVerdict {
    const queue = this.#queue
    if (queue.length >= this.#maxStanzas || (queue.bytes + bytes > this.#maxBytes && queue.length > 0)) return 'full'
    queue.push(item, bytes)
    this.#stanzasSinceRequest++
    this.#bytesSinceRequest += bytes
    if (this.#requested) return 'ok'
    const { everyStanzas, everyBytes } = this.#policy
    if (this.#stanzasSinceRequest < everyStanzas && this.#bytesSinceRequest < everyBytes) return 'ok'
    this.#markRequested()
    return 'request'
  }

  /**
   * Asks out of turn: when a stream falls silent, or before it ends. True: write `<r/>` now. False: nothing waits for
   * acknowledgement, or a request is outstanding already.
   */
  request(): boolean {
    if (this.#requested || this.#queue.length === 0) return false
    this.#markRequested()
    return true
  }

  /**
   * Takes the `h` of `<a/>`, `<resume/>`, `<resumed/>` or `<failed/>`.
   *
   * @param h 0 to 2^32 − 1
   * @returns the items that it acknowledges, oldest first; empty when it says nothing new, or repeats an earlier count.
   *   A {@link StreamError} to send when the peer acknowledges more than it was sent (XEP-0198 §6); nothing is changed.
   */
  acknowledge(h: number): readonly Item[] | StreamError {
    const count = (h - this.#acknowledged) >>> 0
    if (count > this.#queue.length) {
      if (!this.#isEarlier(h)) return handledCountTooHigh(h, this.sendCount)
      this.#requested = false
      return NOTHING
    }
    this.#requested = false
    if (count === 0) return NOTHING
    this.#acknowledged += count
    return this.#queue.shift(count)
  }

  /**
   * What to send again after a resumption (XEP-0198 §5), oldest first; call `acknowledge` with the peer's `h` before.
   * The items stay queued and are not counted again. An `<r/>` of the former connection is forgotten.
   */
  retransmit(): Item[] {
    this.#requested = false
    this.#stanzasSinceRequest = this.#queue.length
    this.#bytesSinceRequest = this.#queue.bytes
    return this.#queue.toArray()
  }

  /**
   * Takes out the oldest stanza that waits, as if it had never been sent: after a resumption, once `acknowledge` was
   * called with the peer's `h` and before `retransmit`, for a stanza that is not to be sent again.
   */
  withdraw(): Item | undefined {
    return this.#queue.length > 0 ? this.#queue.shift(1)[0] : undefined
  }

  /** What waits for acknowledgement, oldest first: to be stored, or answered when the session is lost (XEP-0198 §4). */
  unacknowledged(): Item[] {
    return this.#queue.toArray()
  }

  #markRequested(): void {
    this.#requested = true
    this.#stanzasSinceRequest = 0
    this.#bytesSinceRequest = 0
  }

  /** A count that the peer may have told before: a late answer, or a count of a session it took from storage. */
  #isEarlier(h: number): boolean {
    const behind = (this.#acknowledged - h) >>> 0
    return behind <= this.#acknowledged && behind < HANDLED_COUNT_MODULUS / 2
  }
}
