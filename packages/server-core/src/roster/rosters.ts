import { type Roster, type RosterItem, rosterPush } from '@parlour/roster'
import type { SessionDirectory } from '@parlour/routing'
import { iq, readStanza, type Stanza, StanzaError } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import { AccountQueue } from './account-queue.ts'
import { RosterCache } from './roster-cache.ts'
import type { RosterSession } from './roster-session.ts'
import type { RosterStore } from './roster-store.ts'

/** What the rosters need of the kernel. */
export interface RosterParts<S extends RosterSession> {
  readonly store: RosterStore
  readonly directory: SessionDirectory<S>
  /** Whether the account is gone, or going: nothing may be stored for it. */
  isRemoved(account: string): boolean
  /** Writes a stanza to these sessions. */
  deliver(stanza: Stanza, sessions: readonly S[]): void
}

/** A change of one entry, decided upon the roster as it stands. */
export interface RosterEdit {
  /** The entry afterwards; `undefined`: none. */
  readonly item: RosterItem | undefined
  /** Whether there is anything to store. */
  readonly changed: boolean
  /** Whether clients are to be told (RFC 6121 §2.1.6). */
  readonly push: boolean
  /** To be stored in the same commit. */
  readonly writes?: readonly Write[]
  /** Called when the change is durable, before the push. A promise is awaited by the caller, not by the next change. */
  readonly afterwards?: () => void | Promise<void>
}

/**
 * The rosters of all accounts: in memory while in use, changed one at a time for each account, durable before anybody
 * is told of a change.
 */
export class Rosters<S extends RosterSession> {
  readonly #parts: RosterParts<S>
  readonly #cache: RosterCache
  readonly #queue = new AccountQueue()
  readonly #loading = new Map<string, Promise<Roster>>()

  constructor(parts: RosterParts<S>) {
    this.#parts = parts
    this.#cache = new RosterCache((account) => parts.directory.sessions(account).length > 0)
  }

  /** The roster of an account (a bare JID), if it is in memory. */
  cached(account: string): Roster | undefined {
    return this.#cache.get(account)
  }

  /** The roster of an account; at once if it is in memory. */
  get(account: string): Roster | Promise<Roster> {
    return this.#cache.get(account) ?? this.#load(account)
  }

  /** The last session of the account may have gone. */
  release(account: string): void {
    if (this.#parts.isRemoved(account)) this.forget(account)
    else this.#cache.release(account)
  }

  /** The account is gone, or new: what the storage held of it has been removed. */
  forget(account: string): void {
    this.#loading.delete(account)
    this.#cache.delete(account)
  }

  /**
   * Changes one entry: `decide` sees the roster when its turn has come and may throw. Then commit, `afterwards`, push, in
   * this order. Resolves when all is done. @throws StanzaError `service-unavailable` when the account is gone
   */
  async change(account: string, jid: string, decide: (roster: Roster) => RosterEdit): Promise<void> {
    const { followUp } = await this.#queue.run(account, async () => {
      const roster = await this.get(account)
      if (this.#parts.isRemoved(account)) throw new StanzaError('service-unavailable')
      const edit = decide(roster)
      if (edit.changed) await this.#store(account, roster, jid, edit)
      const followUp = edit.afterwards?.()
      if (edit.push) this.push(account, edit.item?.listed ? edit.item : jid, roster.version)
      return { followUp }
    })
    // Outside of the queue: it may itself wait for another account, which waits for this one.
    await followUp
  }

  /** Sends an item, or the JID of a removed one, to all interested resources (RFC 6121 §2.1.6). */
  push(account: string, item: RosterItem | string, version: string, sessions?: readonly S[]): void {
    const interested = sessions ?? this.#parts.directory.sessions(account).filter((session) => session.isInterested)
    if (interested.length === 0) return
    // A version is unique (RFC 6121 §2.6.3), and so is an id made of it.
    const element = iq({ type: 'set', id: `push-${version}`, payload: rosterPush(item, version) })
    for (const session of interested) {
      this.#parts.deliver(readStanza(element.withAttributes({ to: session.jid.toString() })), [session])
    }
  }

  async #store(account: string, roster: Roster, jid: string, edit: RosterEdit): Promise<void> {
    const change = roster.plan(jid, edit.item)
    await this.#parts.store.save(account, change, edit.writes ?? [])
    roster.apply(change)
    // It may have had to make room meanwhile, and what is being read since then may lack this change.
    this.#loading.delete(account)
    this.#cache.set(account, roster)
  }

  #load(account: string): Promise<Roster> {
    const known = this.#loading.get(account)
    if (known) return known
    const loading: Promise<Roster> = this.#parts.store.load(account).then(
      (roster) => {
        if (this.#settle(account, loading)) this.#cache.set(account, roster)
        return roster
      },
      (error: unknown) => {
        this.#settle(account, loading)
        throw error
      },
    )
    this.#loading.set(account, loading)
    return loading
  }

  /** Whether this is still the latest reading of the account. */
  #settle(account: string, loading: Promise<Roster>): boolean {
    return this.#loading.get(account) === loading && this.#loading.delete(account)
  }
}
