import type { ResolverEnvironment } from './environment.ts'

/** Milliseconds after which who has a turn goes on without: name servers that are there are quicker. */
const QUICK = 500
/** How many may go on so, for each turn; beyond, turns are kept until the end. */
const SLOW = 5

/** So many at a time; the others wait in order. Whoever waits for one that is silent stands in nobody's way. */
export class Turns {
  readonly #max: number
  readonly #environment: Pick<ResolverEnvironment, 'setTimer'>
  readonly #waiting: (() => void)[] = []
  #taken = 0
  #slow = 0

  constructor(max: number, environment: Pick<ResolverEnvironment, 'setTimer'>) {
    this.#max = max
    this.#environment = environment
  }

  /** Does the work when it is its turn. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#taken >= this.#max) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#taken++
    let isSlow = false
    const cancel = this.#environment.setTimer(QUICK, () => {
      if (this.#slow >= this.#max * SLOW) return
      isSlow = true
      this.#slow++
      this.#next()
    })
    try {
      return await work()
    } finally {
      cancel()
      if (isSlow) this.#slow--
      else this.#next()
    }
  }

  #next(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken--
  }
}
