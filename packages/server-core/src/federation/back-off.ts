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
  readonly #environment: Environment
  #failures = 0
  #until = 0
  #cancel: (() => void) | undefined

  constructor(options: BackOffOptions, environment: Environment) {
    this.#options = options
    this.#environment = environment
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures
  }

  /** Milliseconds since 1970 at which the last pause ends, or ended. */
  get until(): number {
    return this.#until
  }

  /** Milliseconds that the next pause may last; a failure is worth remembering for so long. */
  get bound(): number {
    const { firstDelay, maxDelay } = this.#options
    return Math.min(maxDelay, firstDelay * 2 ** Math.min(this.#failures, 30))
  }

  /** Counts a failure, and calls `over` after a pause from a tenth of the bound up to the bound; `most` milliseconds at most. */
  pause(over: () => void, most = Number.POSITIVE_INFINITY): void {
    this.stop()
    const delay = Math.min(this.#failed(), most)
    this.#until = this.#environment.now() + delay
    this.#cancel = this.#environment.setTimer(delay, over)
  }

  succeeded(): void {
    this.#failures = 0
    this.stop()
  }

  /** The pause is over for nobody. */
  stop(): void {
    this.#cancel?.()
  }

  #failed(): number {
    const { bound } = this
    this.#failures++
    return Math.ceil(bound * (0.1 + 0.9 * this.#fraction()))
  }

  #fraction(): number {
    const [high = 0, low = 0] = this.#environment.randomBytes(2)
    return (high * 256 + low) / 65_535
  }
}
