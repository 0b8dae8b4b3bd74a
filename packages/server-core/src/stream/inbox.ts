import type { Element } from '@parlour/xml'
import type { StreamError, StreamHeader } from '@parlour/xml-stream'
import type { Reading } from './reading.ts'

/** Something that happened on the connection. */
export type Arrival =
  | { readonly type: 'header'; readonly header: StreamHeader }
  | { readonly type: 'element'; readonly element: Element }
  | { readonly type: 'footer' }
  | { readonly type: 'error'; readonly error: StreamError }
  | { readonly type: 'lost' }

/** What happened on a connection, in order: while one thing is being treated, the rest waits (RFC 6120 §10.1). */
export class Inbox {
  readonly #reading: Reading
  readonly #take: (arrival: Arrival) => void
  readonly #fail: (cause: unknown) => void
  #waiting: Arrival[] = []
  /** Counts what was waited for, so that a late answer after {@link Inbox.clear} does not wake the line. */
  #turn = 0
  #busy = false

  constructor(reading: Reading, take: (arrival: Arrival) => void, fail: (cause: unknown) => void) {
    this.#reading = reading
    this.#take = take
    this.#fail = fail
  }

  get busy(): boolean {
    return this.#busy
  }

  push(arrival: Arrival): void {
    if (this.#busy) this.#waiting.push(arrival)
    else this.#take(arrival)
  }

  /** Reads no further until the promise is settled; then goes on with `next`, then with what came meanwhile. */
  waitFor<Value>(promise: Promise<Value>, next?: (value: Value) => void): void {
    this.#reading.hold()
    this.waitReading(promise, next)
  }

  /** The same, but goes on reading: a TLS handshake needs it. */
  waitReading<Value>(promise: Promise<Value>, next?: (value: Value) => void): void {
    const turn = ++this.#turn
    this.#busy = true
    promise.then(
      (value) => this.#settled(turn, () => next?.(value)),
      (cause: unknown) => this.#settled(turn, () => this.#fail(cause)),
    )
  }

  /** Forgets what waits, and no longer waits itself. */
  clear(): void {
    this.#turn++
    this.#busy = false
    this.#waiting = []
    this.#reading.release()
  }

  #settled(turn: number, then: () => void): void {
    const current = turn === this.#turn
    if (current) this.#busy = false
    try {
      then()
      if (current) this.#drain()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #drain(): void {
    while (!this.#busy) {
      const arrival = this.#waiting.shift()
      if (arrival === undefined) break
      this.#take(arrival)
    }
    if (!this.#busy) this.#reading.release()
  }
}
