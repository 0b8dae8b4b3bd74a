import type { Environment } from '@parlour/stream-negotiation'

/** How long to wait after failures. */
export interface BackOffOptions {
  /** Milliseconds at most after the first failure. Default 1 000. */
  readonly firstDelay: number
  /** Milliseconds at most, however many failures there were. Default 300 000. */
  readonly maxDelay: number
}

/** Exponential back-off with full jitter: any time up to a bound that doubles with each failure. */
export class BackOff {
  readonly #options: BackOffOptions
  readonly #environment: Pick<Environment, 'randomBytes'>
  #failures = 0

  constructor(options: BackOffOptions, environment: Pick<Environment, 'randomBytes'>) {
    this.#options = options
    this.#environment = environment
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures
  }

  /** Counts a failure. @returns the milliseconds to wait, from a tenth of the bound up to the bound */
  failed(): number {
    const { firstDelay, maxDelay } = this.#options
    const bound = Math.min(maxDelay, firstDelay * 2 ** Math.min(this.#failures, 30))
    this.#failures++
    return Math.ceil(bound * (0.1 + 0.9 * this.#fraction()))
  }

  succeeded(): void {
    this.#failures = 0
  }

  #fraction(): number {
    const [high = 0, low = 0] = this.#environment.randomBytes(2)
    return (high * 256 + low) / 65_535
  }
}
