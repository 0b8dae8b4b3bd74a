/** Who waits in a line, in which each account has its turn, however many of its own wait. Each waits once. */
export class FairLine<Waiting> {
  /** In the order of their turns; none is empty. */
  readonly #lines = new Map<string, Set<Waiting>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(account: string, waiting: Waiting): void {
    const line = this.#lines.get(account) ?? new Set()
    this.#lines.set(account, line.add(waiting))
    this.#size++
  }

  delete(account: string, waiting: Waiting): void {
    const line = this.#lines.get(account)
    if (!line?.delete(waiting)) return
    this.#size--
    if (line.size === 0) this.#lines.delete(account)
  }

  /** Takes out whose turn it is. */
  shift(): Waiting | undefined {
    for (const [account, line] of this.#lines)
      for (const first of line) {
        this.#lines.delete(account)
        line.delete(first)
        if (line.size > 0) this.#lines.set(account, line)
        this.#size--
        return first
      }
    return undefined
  }
}
