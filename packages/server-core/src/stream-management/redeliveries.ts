import type { ManagedSession } from './managed-session.ts'
import { type RedeliveryParts, redeliver } from './redelivery.ts'

/** The redeliveries under way, by account: whoever signs in meanwhile gets what is older first. */
export class Redeliveries {
  readonly #parts: RedeliveryParts
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(parts: RedeliveryParts) {
    this.#parts = parts
  }

  /** Takes what a session had not acknowledged elsewhere. */
  begin(managed: ManagedSession): Promise<void> {
    const done = redeliver(managed, this.#parts).finally(() => {
      managed.isLeft = true
    })
    if (managed.unacknowledgedStanzas === 0) return done
    const { account } = managed.session
    const all = Promise.allSettled([this.#underWay.get(account), done]).then(() => {
      if (this.#underWay.get(account) === all) this.#underWay.delete(account)
    })
    this.#underWay.set(account, all)
    return done
  }

  /** Resolves when those of an account are over; `undefined`: there are none. */
  of(account: string): Promise<void> | undefined {
    return this.#underWay.get(account)
  }
}
