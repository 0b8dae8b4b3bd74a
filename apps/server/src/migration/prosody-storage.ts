import type { Element } from '@parlour/xml'
import type { LuaTable } from './lua-data.ts'

/** Something in a list of Prosody's, such as an archived message. */
export interface ProsodyEntry {
  /** Its id there. */
  readonly key: string | undefined
  /** Seconds since 1970, as far as they are known. */
  readonly when: number | undefined
  readonly element: Element
}

/** Where Prosody keeps what its accounts have, by the names of its stores. Names of accounts are text, as in addresses. */
export interface ProsodyStorage {
  /** The domains that have accounts. */
  hosts(): readonly string[]
  /** The localparts of a domain's accounts, in order. */
  accounts(host: string): readonly string[]
  /** What a store with keys and values has of an account. */
  table(host: string, store: string, account: string): LuaTable | undefined
  /** What an archive has of an account, the oldest first. `namespace`: of elements that name none. */
  list(host: string, store: string, account: string, namespace: string): Iterable<ProsodyEntry>
  /** The stores of a domain, with how many accounts each has something of. */
  stores(host: string): ReadonlyMap<string, number>
}

/** Both, where some stores are in files and some in SQL: `storage = { archive = "sql" }`. What is in the first hides what is in the second. */
export class CombinedStorage implements ProsodyStorage {
  readonly #both: readonly ProsodyStorage[]

  constructor(...both: readonly ProsodyStorage[]) {
    this.#both = both
  }

  hosts(): readonly string[] {
    return this.#union((each) => each.hosts())
  }

  accounts(host: string): readonly string[] {
    return this.#union((each) => each.accounts(host))
  }

  table(host: string, store: string, account: string): LuaTable | undefined {
    for (const each of this.#both) {
      const table = each.table(host, store, account)
      if (table) return table
    }
    return undefined
  }

  *list(host: string, store: string, account: string, namespace: string): Iterable<ProsodyEntry> {
    for (const each of this.#both) {
      let isEmpty = true
      for (const entry of each.list(host, store, account, namespace)) {
        isEmpty = false
        yield entry
      }
      if (!isEmpty) return
    }
  }

  stores(host: string): ReadonlyMap<string, number> {
    const all = new Map<string, number>()
    for (const each of this.#both)
      for (const [store, count] of each.stores(host)) all.set(store, (all.get(store) ?? 0) + count)
    return all
  }

  #union(names: (storage: ProsodyStorage) => readonly string[]): readonly string[] {
    return [...new Set(this.#both.flatMap(names))].sort()
  }
}
