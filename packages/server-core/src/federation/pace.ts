import type { Environment } from '@parlour/stream-negotiation'

/** Milliseconds of a moment. */
const MOMENT = 5

/** So much in a moment, and the rest in the next ones: who has nothing to do with it has turns in between. */
export class Pace {
  readonly #most: number
  readonly #resume: () => void
  readonly #environment: Pick<Environment, 'setTimer'>
  #taken = 0
  #isRefused = false

  /** @param resume called in the moment after one in which more was asked for than `most` */
  constructor(most: number, resume: () => void, environment: Pick<Environment, 'setTimer'>) {
    this.#most = most
    this.#resume = resume
    this.#environment = environment
  }

  /** Whether one thing more may be done in this moment; if so, it counts as done. */
  take(): boolean {
    this.#isRefused = this.#taken >= this.#most
    if (this.#isRefused) return false
    if (this.#taken++ === 0) this.#environment.setTimer(MOMENT, () => this.#next())
    return true
  }

  #next(): void {
    this.#taken = 0
    if (!this.#isRefused) return
    this.#isRefused = false
    this.#resume()
  }
}
