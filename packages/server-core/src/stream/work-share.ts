import type { Environment } from '@parlour/stream-negotiation'
import { TokenBucket } from './token-bucket.ts'

/** Milliseconds of work that a stream may cause at once. */
const BURST = 10
/** Milliseconds of work a second that it may cause for long, if it is one user's. */
const PER_SECOND = 500
/** The most that counts at once: a clock that was set forward in the midst of work stops nobody for long. */
const MOST = 1000

/**
 * How long a stream has kept everybody else waiting. A few bytes can cause much work (a presence for thousands of
 * contacts), so what is counted is time: after a burst a stream rests, and others have their turn.
 */
export class WorkShare {
  readonly #environment: Environment
  readonly #rate: TokenBucket
  #since = 0

  /** @param perSecond milliseconds of work that it may cause in each second for long */
  constructor(environment: Environment, perSecond = PER_SECOND) {
    this.#environment = environment
    this.#rate = new TokenBucket(perSecond, BURST, environment.now())
  }

  /** Work begins. */
  begin(): void {
    this.#since = this.#environment.now()
  }

  /** Work has gone on since {@link begin} or the last call; a promise when it is time to rest. */
  spend(): Promise<void> | undefined {
    const now = this.#environment.now()
    const spent = Math.min(now - this.#since, MOST)
    this.#since = now
    if (spent <= 0 || this.#rate.spend(spent)) return undefined
    const milliseconds = this.#rate.wait(now)
    return milliseconds === 0 ? undefined : this.#rest(milliseconds)
  }

  /**
   * Something was waited for, whoever worked meanwhile; it counts as a millisecond at most. Not as nothing: promises that
   * are settled already leave no turn to others.
   */
  waited(): Promise<void> | undefined {
    this.#since = Math.max(this.#since, this.#environment.now() - 1)
    return this.spend()
  }

  #rest(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#environment.setTimer(milliseconds, resolve))
  }
}
