import type { Reached } from './stream-management/unacknowledged.ts'

/**
 * That a module keeps a message for one session, while other sessions of the account get it at once. As long as it is
 * kept, what those leave unacknowledged need not go elsewhere.
 */
export class KeptCopy {
  /** The bare JID. */
  readonly account: string
  readonly #reached: Reached

  /** @param reached who else gets the message */
  constructor(account: string, reached: Reached) {
    this.account = account
    this.#reached = reached
    reached.push(this)
  }

  /** Whether another session of the account has got the message, or may still get it. */
  get isElsewhere(): boolean {
    return this.#reached.some((each) => each !== this && (each === 'elsewhere' || each.account === this.account))
  }

  /** It is not kept any more. @returns who else gets the message */
  end(): Reached {
    const at = this.#reached.indexOf(this)
    if (at >= 0) this.#reached.splice(at, 1)
    return this.#reached
  }
}
