/**
 * Turns stanzas that are finished in any order (some wait for a disk, others do not) into a count of those finished
 * without a gap: `h` may count a stanza only when all before it are handled too.
 *
 * @example
 * const ticket = order.begin()
 * commit(stanza).then(() => { for (let n = order.finish(ticket); n > 0; n--) receiver.handled() })
 */
export class HandlingOrder {
  #next = 0
  #first = 0
  readonly #finished = new Set<number>()

  /** Stanzas begun and not yet part of the count. */
  get inHandling(): number {
    return this.#next - this.#first
  }

  /** A stanza has arrived; the ticket is for `finish`. */
  begin(): number {
    return this.#next++
  }

  /**
   * A stanza is handled. A ticket that was finished before, or never given, counts for nothing.
   * @returns how many stanzas are now to be counted: 0 while an earlier one is unfinished
   */
  finish(ticket: number): number {
    if (ticket < this.#first || ticket >= this.#next) return 0
    if (ticket > this.#first) {
      this.#finished.add(ticket)
      return 0
    }
    const before = this.#first++
    while (this.#finished.size > 0 && this.#finished.delete(this.#first)) this.#first++
    return this.#first - before
  }
}
