import type { Logger } from '@parlour/server-core'
import { StorageError } from '@parlour/storage'

/** Milliseconds without a failure after which a commit that succeeds means that the trouble is over. */
const QUIET = 3000

/** What is wrong with the storage itself; all else is wrong with one commit. */
const FAILURES: ReadonlySet<StorageError['code']> = new Set(['full', 'busy', 'unavailable', 'locked', 'corrupt'])

/** Whether the storage, not one commit, is at fault. */
export function isStorageFailure(error: unknown): error is StorageError {
  return error instanceof StorageError && FAILURES.has(error.code)
}

/** Says once that the storage fails, and once that it works again: each of thousands of stanzas would say the same. */
export class StorageHealth {
  readonly #log: Logger
  readonly #now: () => number
  /** `undefined`: all is well. */
  #since: number | undefined
  #last = 0
  #refused = 0
  #isClosing = false

  /** @param now milliseconds */
  constructor(log: Logger, now: () => number) {
    this.#log = log
    this.#now = now
  }

  get isFailing(): boolean {
    return this.#since !== undefined
  }

  /** A commit was refused. */
  readonly failed = (error: unknown): void => {
    if (!isStorageFailure(error) || this.#isClosing) return
    this.stillFails()
    this.#refused++
    if (this.#since !== undefined) return
    this.#since = this.#last
    this.#refused = 1
    const { code, message: reason } = error
    this.#log.error({ code, reason }, 'the storage fails: what cannot be stored is refused, until it works again')
  }

  /** A look at it has failed: nothing of anybody was refused. */
  stillFails(): void {
    this.#last = this.#now()
  }

  /** A commit is durable. */
  readonly worked = (): void => {
    if (this.#since === undefined || this.#now() - this.#last < QUIET) return
    const seconds = Math.round((this.#last - this.#since) / 1000)
    this.#log.info({ seconds, refused: this.#refused }, 'the storage works again')
    this.#since = undefined
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  /** What fails from now on fails because the storage is closed. */
  closing(): void {
    this.#isClosing = true
  }
}
