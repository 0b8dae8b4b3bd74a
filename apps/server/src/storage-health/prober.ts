import type { Environment } from '@parlour/stream-negotiation'
import type { StorageHealth } from './storage-health.ts'

/** Milliseconds from one look at a storage that fails to the next; more than it must be quiet to be well. */
const INTERVAL = 5000

/** Writes to a storage that fails, one write at a time, until it works: where nobody else writes, nobody would know. */
export class Prober {
  readonly #health: StorageHealth
  readonly #environment: Pick<Environment, 'setTimer'>
  readonly #write: () => Promise<void>
  #isAtWork = false

  constructor(health: StorageHealth, environment: Pick<Environment, 'setTimer'>, write: () => Promise<void>) {
    this.#health = health
    this.#environment = environment
    this.#write = write
  }

  /** Goes on until the storage works, if it fails. */
  start(): void {
    if (this.#isAtWork || !this.#health.isFailing || this.#health.isClosing) return
    this.#isAtWork = true
    this.#environment.setTimer(INTERVAL, () => void this.#probe())
  }

  async #probe(): Promise<void> {
    if (!this.#health.isClosing && this.#health.isFailing)
      await this.#write().then(this.#health.worked, () => this.#health.stillFails())
    this.#isAtWork = false
    this.start()
  }
}
