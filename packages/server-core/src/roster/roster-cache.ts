import type { Roster } from '@parlour/roster'
import { BoundedCache } from '../bounded-cache.ts'

/** How many rosters of accounts without a session are kept. */
const IDLE_ROSTERS = 1000

/** Rosters in memory: those of accounts with a session, and a bounded number of others. */
export class RosterCache {
  readonly #online = new Map<string, Roster>()
  readonly #idle = new BoundedCache<Roster>(IDLE_ROSTERS)
  readonly #isOnline: (account: string) => boolean

  constructor(isOnline: (account: string) => boolean) {
    this.#isOnline = isOnline
  }

  get(account: string): Roster | undefined {
    const online = this.#online.get(account)
    if (online) return online
    const idle = this.#idle.get(account)
    if (idle && this.#isOnline(account)) this.set(account, idle)
    return idle
  }

  set(account: string, roster: Roster): void {
    this.delete(account)
    if (this.#isOnline(account)) this.#online.set(account, roster)
    else this.#idle.set(account, roster)
  }

  delete(account: string): void {
    this.#online.delete(account)
    this.#idle.delete(account)
  }

  /** The last session of the account may have gone. */
  release(account: string): void {
    const roster = this.#online.get(account)
    if (roster && !this.#isOnline(account)) this.set(account, roster)
  }
}
