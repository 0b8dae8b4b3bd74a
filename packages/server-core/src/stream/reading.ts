import type { Environment } from '@parlour/stream-negotiation'
import type { Connection } from '@parlour/transport'
import { TokenBucket } from './token-bucket.ts'

/** Reasons for which a connection is not read. */
const BUSY = 1
const RATE = 2

/** Whether a connection is read: it rests while something earlier is still being treated, or its rate is exceeded. */
export class Reading {
  readonly #connection: Connection
  readonly #environment: Environment
  #rate: TokenBucket
  #reasons = 0
  #cancelTimer: (() => void) | undefined

  constructor(connection: Connection, environment: Environment, bytesPerSecond: number, burstBytes: number) {
    this.#connection = connection
    this.#environment = environment
    this.#rate = new TokenBucket(bytesPerSecond, burstBytes, environment.now())
  }

  /** Another rate holds from now on. */
  setRate(bytesPerSecond: number, burstBytes: number): void {
    this.#rate = new TokenBucket(bytesPerSecond, burstBytes, this.#environment.now())
  }

  /** Something is being treated. */
  hold(): void {
    this.#add(BUSY)
  }

  /** Nothing is being treated any more. */
  release(): void {
    this.#remove(BUSY)
  }

  /** Counts what was read; rests when that was too much (RFC 6120 §13.12: rate limits). */
  count(bytes: number): void {
    if (this.#rate.spend(bytes)) return
    const milliseconds = this.#rate.wait(this.#environment.now())
    if (milliseconds === 0 || this.#cancelTimer) return
    this.#add(RATE)
    this.#cancelTimer = this.#environment.setTimer(milliseconds, () => {
      this.#cancelTimer = undefined
      this.#remove(RATE)
    })
  }

  /** No timer is left behind. */
  end(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #add(reason: number): void {
    if (this.#reasons === 0) this.#connection.pause()
    this.#reasons |= reason
  }

  #remove(reason: number): void {
    const before = this.#reasons
    this.#reasons &= ~reason
    if (before !== 0 && this.#reasons === 0) this.#connection.resume()
  }
}
