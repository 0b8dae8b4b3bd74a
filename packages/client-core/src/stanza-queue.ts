import type { Signal } from './abort.ts'
import { ClientError } from './client-error.ts'

/** What happens to a queue that is full when another stanza comes. */
export type OverflowPolicy =
  /** The iteration fails with a ClientError `overflow` after what is queued: nothing is lost unnoticed. */
  | 'fail'
  /** The stanza that waited longest is dropped, and counted in the client's counters. */
  | 'drop-oldest'
  /** The stanza that came is dropped, and counted in the client's counters. */
  | 'drop-newest'

/** How stanzas are kept for a `for await`. */
export interface QueueOptions {
  /** Ends the iteration with a ClientError `aborted`. */
  readonly signal?: Signal
  /** Stanzas kept at the most. Default 1 000. */
  readonly max?: number
  /** Default `fail`. */
  readonly overflow?: OverflowPolicy
}

interface Taker<Value> {
  resolve(result: IteratorResult<Value, undefined>): void
  reject(error: Error): void
}

/** Values pushed at one end, iterated over at the other; bounded. */
export class StanzaQueue<Value> implements AsyncIterableIterator<Value, undefined> {
  readonly #max: number
  readonly #overflow: OverflowPolicy
  readonly #signal: Signal | undefined
  #onEnd: (() => void) | undefined
  readonly #onDrop: () => void
  readonly #takers: Taker<Value>[] = []
  #values: Value[] = []
  /** Where the queue begins in {@link #values}: taking from the front costs the same however long it is. */
  #first = 0
  #ended = false
  #error: ClientError | undefined
  readonly #abort = () => this.end(new ClientError('aborted', { cause: this.#signal?.reason }))

  constructor(options: QueueOptions, onDrop: () => void) {
    this.#max = options.max ?? 1_000
    this.#overflow = options.overflow ?? 'fail'
    this.#signal = options.signal
    this.#onDrop = onDrop
    if (options.signal?.aborted) this.#abort()
    else options.signal?.addEventListener('abort', this.#abort)
  }

  /** Sets who hears that nothing more is taken; at once if that is so already. */
  onEnd(callback: () => void): void {
    this.#onEnd = callback
    if (this.#ended) callback()
  }

  push(value: Value): void {
    if (this.#ended) return
    const taker = this.#takers.shift()
    if (taker) taker.resolve({ value, done: false })
    else if (this.#values.length - this.#first < this.#max) this.#values.push(value)
    else this.#overflowed(value)
  }

  /** What is queued can still be taken; then the iteration ends, or fails with the error. */
  end(error?: ClientError): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#onEnd?.()
    for (const taker of this.#takers.splice(0)) this.#finish(taker)
  }

  next(): Promise<IteratorResult<Value, undefined>> {
    if (this.#first < this.#values.length) return Promise.resolve({ value: this.#take(), done: false })
    return new Promise((resolve, reject) => {
      const taker = { resolve, reject }
      if (this.#ended) this.#finish(taker)
      else this.#takers.push(taker)
    })
  }

  return(): Promise<IteratorResult<Value, undefined>> {
    this.#values = []
    this.#first = 0
    this.end()
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #overflowed(value: Value): void {
    if (this.#overflow === 'fail') {
      this.end(new ClientError('overflow'))
      return
    }
    this.#onDrop()
    if (this.#overflow === 'drop-newest' || this.#max < 1) return
    this.#take()
    this.#values.push(value)
  }

  #take(): Value {
    const value = this.#values[this.#first] as Value
    this.#values[this.#first] = undefined as Value
    this.#first++
    if (this.#first * 2 > this.#values.length) {
      this.#values = this.#values.slice(this.#first)
      this.#first = 0
    }
    return value
  }

  #finish(taker: Taker<Value>): void {
    const error = this.#error
    this.#error = undefined
    if (error) taker.reject(error)
    else taker.resolve({ value: undefined, done: true })
  }
}
