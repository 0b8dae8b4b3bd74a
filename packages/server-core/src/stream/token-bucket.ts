/** A token bucket, over bytes or over milliseconds of work: `burst` at once, `perSecond` for long. */
export class TokenBucket {
  readonly #perMillisecond: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor(perSecond: number, burst: number, now: number) {
    this.#perMillisecond = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  /** Takes tokens out; whether some are left without looking at the time. */
  spend(tokens: number): boolean {
    this.#tokens -= tokens
    return this.#tokens >= 0
  }

  /** Fills the bucket up to `now`; answers the milliseconds until it holds tokens again, 0 if it does. */
  wait(now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMillisecond)
    this.#at = now
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMillisecond)
  }
}
