/** How a {@link FakeEnvironment} begins. */
export interface FakeEnvironmentOptions {
  /** Milliseconds since the epoch; 2026-01-01T00:00:00Z if not given. */
  readonly now?: number
  /** Where the sequence of octets begins: the same seed gives the same octets. 1 if not given. */
  readonly seed?: number
}

interface Timer {
  readonly at: number
  readonly fn: () => void
}

const NEW_YEAR_2026 = 1_767_225_600_000

/**
 * Time and randomness for tests, in the shape of the `Environment` of `@parlour/stream-negotiation`: the clock stands
 * still until it is advanced, and the octets are the same in each run.
 *
 * @example
 * ```ts
 * const environment = new FakeEnvironment()
 * environment.setTimer(30_000, () => console.log('late'))
 * environment.advance(30_000)   // prints "late"
 * ```
 */
export class FakeEnvironment {
  #now: number
  #state: number
  /** In the order of their times; of equal times, in the order in which they were set. */
  #timers: Timer[] = []

  constructor(options: FakeEnvironmentOptions = {}) {
    this.#now = options.now ?? NEW_YEAR_2026
    this.#state = (options.seed ?? 1) >>> 0
  }

  now(): number {
    return this.#now
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), fn }
    const later = this.#timers.findIndex(({ at }) => at > timer.at)
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Octets of mulberry32: unpredictable to nobody. */
  randomBytes(n: number): Uint8Array {
    return Uint8Array.from({ length: n }, () => this.#next())
  }

  /** How many timers wait. At the end of a test 0 shows that nothing was left behind. */
  get pendingTimers(): number {
    return this.#timers.length
  }

  /** Milliseconds until the next timer; undefined if none waits. */
  get nextTimerIn(): number | undefined {
    const next = this.#timers[0]
    return next && next.at - this.#now
  }

  /** Moves the clock by so many milliseconds, calling every timer that is due on the way at its own time, also new ones. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (let next = this.#timers[0]; next && next.at <= until; next = this.#timers[0]) {
      this.#timers.shift()
      this.#now = next.at
      next.fn()
    }
    this.#now = until
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) & 0xff
  }
}
