import type { Environment } from '@parlour/stream-negotiation'

/** Milliseconds of a moment. */
const MOMENT = 5
/** Moments that count at most for one that came late, as they do on a machine that is busy with others. */
const LATE = 20

/** So much in a moment, and the rest in the next ones: who has nothing to do with it has turns in between. */
export class Pace {
  readonly #most: number
  readonly #resume: () => void
  readonly #environment: Pick<Environment, 'now' | 'setTimer'>
  #since = 0
  #taken = 0
  #isUnderWay = false
  #isRefused = false

  /** @param resume called in the moment after one in which more was asked for than `most` */
  constructor(most: number, resume: () => void, environment: Pick<Environment, 'now' | 'setTimer'>) {
    this.#most = most
    this.#resume = resume
    this.#environment = environment
  }

  /** Whether one thing more may be done in this moment; if so, it counts as done. */
  take(): boolean {
    this.#isRefused = this.#taken >= this.#most
    if (this.#isRefused) return false
    this.#taken++
    if (!this.#isUnderWay) this.#begin()
    return true
  }

  #begin(): void {
    this.#isUnderWay = true
    this.#since = this.#environment.now()
    this.#environment.setTimer(MOMENT, () => this.#next())
  }

  #next(): void {
    const moments = Math.min(LATE, Math.max(1, Math.floor((this.#environment.now() - this.#since) / MOMENT)))
    this.#isUnderWay = false
    this.#taken = this.#isRefused ? -this.#most * (moments - 1) : 0
    if (!this.#isRefused) return
    this.#isRefused = false
    this.#resume()
  }
}
