/** A stanza that waits for a link. */
export interface QueuedStanza {
  /** Serialized in the content namespace of the stream, which it does not name. */
  readonly text: string
  /** Milliseconds since 1970 from which its waiting counts. */
  readonly since: number
  /** It was written to a stream, and nobody knows whether it arrived. */
  readonly isSent?: boolean
}

/** Stanzas in order, bounded in their size. */
export class StanzaQueue {
  readonly #maxBytes: number
  #items: QueuedStanza[] = []
  /** Those before it have left. */
  #head = 0
  #bytes = 0

  /** @param maxBytes counted in UTF-16 units of text */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  /** When the waiting of the first one began. */
  get oldest(): number | undefined {
    return this.#items[this.#head]?.since
  }

  /**
   * Adds a stanza; false, and nothing added, when there is no room for it. One always finds room in an empty queue, and so does
   * what was accepted before and comes `again`.
   */
  push(item: QueuedStanza, again = false): boolean {
    if (!again && this.#bytes + item.text.length > this.#maxBytes && this.length > 0) return false
    this.#items.push(item)
    this.#bytes += item.text.length
    return true
  }

  peek(): QueuedStanza | undefined {
    return this.#items[this.#head]
  }

  shift(): QueuedStanza | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#head++
    this.#bytes -= item.text.length
    if (this.#head > 64 && this.#head * 2 > this.#items.length) this.#compact()
    return item
  }

  /** Puts back, in order, what was taken out before all that is here; they were accepted once, so no bound applies. */
  unshift(items: readonly QueuedStanza[]): void {
    this.#items = [...items, ...this.#items.slice(this.#head)]
    this.#head = 0
    for (const { text } of items) this.#bytes += text.length
  }

  /** Takes out those at the front that wait since `time` or longer. */
  takeOlder(time: number): QueuedStanza[] {
    const taken: QueuedStanza[] = []
    for (let item = this.peek(); item && item.since <= time; item = this.peek()) {
      taken.push(item)
      this.shift()
    }
    return taken
  }

  takeAll(): QueuedStanza[] {
    return this.takeOlder(Number.POSITIVE_INFINITY)
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head)
    this.#head = 0
  }
}
