/** Stanzas of one stream whose commit may be under way at a time: enough to share one, few enough to be held in memory. */
const MAX_UNCOMMITTED = 128

/** The commits of one stream that are under way. */
export class Uncommitted {
  #count = 0
  #waiters: (() => void)[] = []

  get count(): number {
    return this.#count
  }

  /** @param commit never rejects */
  add(commit: Promise<void>): Promise<void> {
    this.begin()
    return commit.then(() => this.end())
  }

  /** A commit is under way. @returns whether none was before */
  begin(): boolean {
    return this.#count++ === 0
  }

  /** A commit is over. */
  end(): void {
    this.#count--
    if (this.#count > 0 || this.#waiters.length === 0) return
    for (const wake of this.#waiters.splice(0)) wake()
  }

  /** A promise while too many are under way. */
  room(): Promise<void> | undefined {
    return this.#count < MAX_UNCOMMITTED ? undefined : this.settled()
  }

  /** Resolves when none is under way. */
  settled(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiters.push(resolve))
  }
}
