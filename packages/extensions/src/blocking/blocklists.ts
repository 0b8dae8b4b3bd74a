import { parseJid } from '@parlour/jid'
import type { ModuleHost, ModuleStore } from '@parlour/server-core'

/** Accounts without a session of which the list is kept in memory. */
const REMEMBERED_ACCOUNTS = 20_000
/** How many accounts are looked at, to find one that can be forgotten. */
const LOOKS = 8

/** The addresses that an account has blocked. */
export type Blocklist = ReadonlySet<string>

const NOTHING: Blocklist = new Set()

/** The lists of all accounts: on disk, and in memory as long as an account has a session, or was written to not long ago. */
export class Blocklists {
  readonly #host: ModuleHost
  readonly #store: ModuleStore
  readonly #known = new Map<string, Blocklist>()
  readonly #loading = new Map<string, Promise<Blocklist>>()
  readonly #changing = new Map<string, Promise<void>>()

  constructor(host: ModuleHost) {
    this.#host = host
    this.#store = host.store('addresses')
  }

  /** At once, when it is in memory. */
  get(account: string): Blocklist | Promise<Blocklist> {
    return this.#known.get(account) ?? this.#loading.get(account) ?? this.#load(account)
  }

  /** What is in memory. */
  cached(account: string): Blocklist {
    return this.#known.get(account) ?? NOTHING
  }

  /** One change of an account after the other. `change` gets the list, and answers with the one that takes its place; it is in force once it is stored. */
  async replace(
    account: string,
    change: (list: Blocklist) => Blocklist,
  ): Promise<{ before: Blocklist; after: Blocklist }> {
    const earlier = this.#changing.get(account)
    const work = (earlier ?? Promise.resolve()).then(() => this.#replace(account, change))
    const settled = work.then(ignore, ignore)
    this.#changing.set(account, settled)
    try {
      return await work
    } finally {
      if (this.#changing.get(account) === settled) this.#changing.delete(account)
    }
  }

  /** The account is gone, or another one has its name. */
  forget(account: string): void {
    this.#known.delete(account)
    this.#loading.delete(account)
  }

  async #replace(
    account: string,
    change: (list: Blocklist) => Blocklist,
  ): Promise<{ before: Blocklist; after: Blocklist }> {
    const before = await this.get(account)
    const after = change(before)
    const added = [...after].filter((jid) => !before.has(jid)).map((jid) => this.#store.write(account, true, jid))
    const removed = [...before]
      .filter((jid) => !after.has(jid))
      .map((jid) => this.#store.write(account, undefined, jid))
    if (added.length + removed.length > 0) await this.#host.commit([...added, ...removed])
    this.#keep(account, after)
    return { before, after }
  }

  #load(account: string): Promise<Blocklist> {
    const loading = this.#store
      .list(account)
      .then((records) => {
        const list = records.size === 0 ? NOTHING : new Set(records.keys())
        if (this.#loading.get(account) === loading) this.#keep(account, list)
        return list
      })
      .finally(() => {
        if (this.#loading.get(account) === loading) this.#loading.delete(account)
      })
    this.#loading.set(account, loading)
    return loading
  }

  #keep(account: string, list: Blocklist): void {
    this.#known.set(account, list)
    if (this.#known.size > REMEMBERED_ACCOUNTS) this.#makeRoom()
  }

  /** Accounts with a session stay: what is delivered to them is judged by what is in memory. */
  #makeRoom(): void {
    let looks = 0
    for (const [account, list] of this.#known) {
      if (looks++ === LOOKS) return
      this.#known.delete(account)
      if (this.#host.sessions(parseJid(account)).length === 0) return
      this.#known.set(account, list)
    }
  }
}

const ignore = (): void => {}
