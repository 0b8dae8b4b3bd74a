import type { Jid } from '@parlour/jid'
import type { HashName } from '@parlour/sasl'
import type { Storage, Write } from '@parlour/storage'

/** Under the domain: by account, the hashes that it has verifiers for. */
const STORE = 'limited-credentials'

/**
 * The accounts that came from another server with verifiers for some hashes only: while there are any, a host may offer no
 * mechanism that one of them could not use, since clients take the strongest and do not try another one.
 */
export class LimitedCredentials {
  readonly #storage: Storage
  readonly #all: readonly HashName[]
  readonly #hosts = new Map<string, Map<string, readonly HashName[]>>()
  readonly #usable = new Map<string, readonly HashName[]>()

  constructor(storage: Storage, all: readonly HashName[]) {
    this.#storage = storage
    this.#all = all
  }

  async load(domain: string): Promise<void> {
    const records = await this.#storage.list(STORE, domain)
    this.#hosts.set(domain, records as ReadonlyMap<string, unknown> as Map<string, readonly HashName[]>)
    this.#usable.delete(domain)
  }

  /** The hashes that every account of the domain has verifiers for. */
  usable(domain: string): readonly HashName[] {
    const known = this.#usable.get(domain)
    if (known) return known
    const limited = [...(this.#hosts.get(domain)?.values() ?? [])]
    const usable = this.#all.filter((hash) => limited.every((hashes) => hashes.includes(hash)))
    this.#usable.set(domain, usable)
    return usable
  }

  has(account: Jid): boolean {
    return this.#hosts.get(account.domain)?.has(account.bare.toString()) === true
  }

  /** To be committed with verifiers for these hashes; `undefined`: with none at all. Then {@link note}. */
  write(account: Jid, hashes: readonly HashName[] | undefined): Write[] {
    const [owner, key] = [account.domain, account.bare.toString()]
    if (this.#isLimited(hashes)) return [{ type: 'put', store: STORE, owner, key, value: [...hashes] }]
    return this.has(account) ? [{ type: 'delete', store: STORE, owner, key }] : []
  }

  note(account: Jid, hashes: readonly HashName[] | undefined): void {
    const { domain } = account
    const host = this.#hosts.get(domain) ?? new Map()
    this.#hosts.set(domain, host)
    if (this.#isLimited(hashes)) host.set(account.bare.toString(), hashes)
    else host.delete(account.bare.toString())
    this.#usable.delete(domain)
  }

  /** One without any verifier cannot sign in, whatever is offered. */
  #isLimited(hashes: readonly HashName[] | undefined): hashes is readonly HashName[] {
    return hashes !== undefined && hashes.length > 0 && hashes.length < this.#all.length
  }
}
