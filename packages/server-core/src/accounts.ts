import { type Jid, parseJid } from '@parlour/jid'
import {
  deriveScramCredentials,
  type HashName,
  preparePassword,
  type SaslCrypto,
  type ScramCredentials,
  verifyPlain,
} from '@parlour/sasl'
import { MAX_PAGE, type Storage, StorageError, type Write } from '@parlour/storage'
import {
  ACCOUNT_KEY,
  ACCOUNT_STORE,
  type Account,
  type AccountFacts,
  credentialWrite,
  expectedVerifier,
  HASHES,
  keyOf,
  readAccount,
  recordOf,
} from './account-record.ts'
import { BoundedCache } from './bounded-cache.ts'
import { LimitedCredentials } from './limited-credentials.ts'

export type { Account, AccountFacts }

const CACHED_ACCOUNTS = 20_000

export interface AccountsOptions {
  readonly storage: Storage
  readonly crypto: SaslCrypto
  /** PBKDF2 rounds of new verifiers (RFC 7677 §4: at least 4096). */
  readonly iterations: number
  readonly randomBytes: (length: number) => Uint8Array
  readonly now: () => number
  /**
   * Told before the stores lose what they hold of an account, of which nothing changes any more. What it returns is done
   * once that is durable, before {@link changed} is told; {@link Accounts} waits for both.
   */
  readonly removing?: (account: Jid) => Promise<() => void | Promise<void>>
  /** What is written together with a new password: all that the former one has brought about. */
  readonly revocation?: (account: Jid) => readonly Write[] | Promise<readonly Write[]>
  /** Told once a new password is durable. */
  readonly passwordChanged?: (account: Jid) => void
  /** Told once a change is durable; {@link Accounts} waits for it. */
  readonly changed?: (account: Jid, change: 'created' | 'removed') => void | Promise<void>
}

/**
 * Why an account could not be made or changed:
 *
 * - `exists`: there is such an account already
 * - `not-found`: there is no such account
 * - `empty-password`: a password has at least one character
 */
export class AccountError extends Error {
  override readonly name = 'AccountError'
  readonly code: 'exists' | 'not-found' | 'empty-password'

  constructor(code: AccountError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** The accounts of all domains: verifiers of passwords, never passwords. Looked up in memory once known. */
export class Accounts {
  readonly #options: AccountsOptions
  readonly #cache = new BoundedCache<Account | 'absent'>(CACHED_ACCOUNTS)
  /** Stores that hold something of an account, so that removing it removes all of it. */
  readonly #stores = new Set<string>()
  readonly #archives = new Set<string>()
  readonly #removed = new BoundedCache<true>(CACHED_ACCOUNTS)
  readonly #limited: LimitedCredentials
  #changes = 0

  constructor(options: AccountsOptions) {
    this.#options = options
    this.#limited = new LimitedCredentials(options.storage, HASHES)
  }

  /** Reads what must be known before the accounts of a domain sign in. */
  prepare(domain: string): Promise<void> {
    return this.#limited.load(domain)
  }

  /** The hashes that every account of the domain has verifiers for: all, unless some were imported with fewer. */
  usableHashes(domain: string): readonly HashName[] {
    return this.#limited.usable(domain)
  }

  /** The account, or `undefined`. Synchronous when it is in memory. */
  find(jid: Jid): Account | undefined | Promise<Account | undefined> {
    const cached = this.#cache.get(jid.bare.toString())
    if (cached === undefined) return this.#load(jid.bare)
    return cached === 'absent' ? undefined : cached
  }

  /** The account if it is in memory; nothing is read for it. */
  cached(jid: Jid): Account | undefined {
    const cached = this.#cache.get(jid.bare.toString())
    return cached === 'absent' ? undefined : cached
  }

  exists(jid: Jid): boolean | Promise<boolean> {
    const account = this.find(jid)
    return account instanceof Promise ? account.then(isPresent) : isPresent(account)
  }

  /** @throws AccountError `exists`, `empty-password`. Durable when the promise resolves. */
  async create(jid: Jid, password: string): Promise<void> {
    const facts = { created: this.#options.now(), isDisabled: false }
    await this.#make(jid, facts, await this.#passwordWrites(jid, password))
  }

  /** Takes an account over that has no password yet, and so cannot sign in. @throws AccountError `exists` */
  async adopt(jid: Jid, facts: Partial<AccountFacts> = {}): Promise<void> {
    await this.#make(jid, { created: this.#options.now(), isDisabled: false, ...facts }, [])
  }

  async #make(jid: Jid, facts: AccountFacts, credentials: readonly Write[]): Promise<void> {
    const owner = jid.bare.toString()
    const writes: Write[] = [
      { type: 'expect', store: ACCOUNT_STORE, owner, key: ACCOUNT_KEY, value: undefined },
      { type: 'put', store: ACCOUNT_STORE, owner, key: ACCOUNT_KEY, value: recordOf(facts) },
      ...credentials,
    ]
    await this.#options.storage.commit(writes).catch((error: unknown) => {
      if (error instanceof StorageError && error.code === 'conflict')
        throw new AccountError('exists', `the account ${owner} exists already`)
      throw error
    })
    this.#removed.delete(owner)
    this.#forget(owner)
    await this.#options.changed?.(jid.bare, 'created')
  }

  /** @throws AccountError `not-found`, `empty-password`. Durable when the promise resolves. */
  async setPassword(jid: Jid, password: string): Promise<void> {
    await this.#require(jid)
    const revocation = (await this.#options.revocation?.(jid.bare)) ?? []
    await this.#options.storage.commit([...(await this.#passwordWrites(jid, password)), ...revocation])
    this.#limited.note(jid, HASHES)
    this.#forget(jid.bare.toString())
    this.#options.passwordChanged?.(jid.bare)
  }

  /** The verifiers of a password that nobody here knows take the place of those that were there. @throws AccountError `not-found` */
  async setCredentials(jid: Jid, credentials: readonly ScramCredentials[]): Promise<void> {
    await this.#require(jid)
    const owner = jid.bare.toString()
    const hashes = HASHES.filter((hash) => credentials.some((each) => each.hash === hash))
    const old: Write[] = HASHES.map((hash) => ({ type: 'delete', store: ACCOUNT_STORE, owner, key: keyOf(hash) }))
    const limits = this.#limited.write(jid, hashes)
    await this.#options.storage.commit([...old, ...credentials.map((each) => credentialWrite(owner, each)), ...limits])
    this.#limited.note(jid, hashes)
    this.#forget(owner)
  }

  /**
   * A verifier of the same password for another hash comes to those that `account` has.
   *
   * @param account as it was when the password was proven
   * @returns false: its verifiers are others by now
   */
  async addCredentials(account: Account, added: ScramCredentials): Promise<boolean> {
    const { jid } = account
    const owner = jid.bare.toString()
    const before: Write[] = HASHES.map((hash) => expectedVerifier(owner, hash, account.credentials(hash)))
    const hashes = HASHES.filter((hash) => hash === added.hash || account.credentials(hash))
    try {
      const writes = [...before, credentialWrite(owner, added), ...this.#limited.write(jid, hashes)]
      await this.#options.storage.commit(writes)
    } catch (error) {
      if (error instanceof StorageError && error.code === 'conflict') return false
      throw error
    }
    this.#limited.note(jid, hashes)
    this.#forget(owner)
    return true
  }

  /** Whether this is the account's password. Costs a whole derivation. */
  async isPassword(jid: Jid, password: string): Promise<boolean> {
    const account = await this.find(jid)
    const [credentials] = HASHES.flatMap((hash) => account?.credentials(hash) ?? [])
    return credentials ? verifyPlain(preparePassword(password), credentials, this.#options.crypto) : false
  }

  /** Changes what is kept of an account besides its password. @throws AccountError `not-found` */
  async setFacts(jid: Jid, changes: Partial<AccountFacts>): Promise<void> {
    const { created, isDisabled } = await this.#require(jid)
    const owner = jid.bare.toString()
    const value = recordOf({ created, isDisabled, ...changes })
    await this.#options.storage.commit([{ type: 'put', store: ACCOUNT_STORE, owner, key: ACCOUNT_KEY, value }])
    this.#forget(owner)
  }

  /** A disabled account keeps everything but cannot sign in (RFC 6120 §6.5.1). */
  setDisabled(jid: Jid, isDisabled: boolean): Promise<void> {
    return this.setFacts(jid, { isDisabled })
  }

  /** Removes the account and all that any store holds of it. @throws AccountError `not-found` */
  async remove(jid: Jid): Promise<void> {
    await this.#require(jid)
    const owner = jid.bare.toString()
    const clears: Write[] = [ACCOUNT_STORE, ...this.#stores].map((store) => ({ type: 'clear', store, owner }))
    const removes: Write[] = [...this.#archives].map((archive) => ({ type: 'remove', archive, owner, all: true }))
    this.#removed.set(owner, true)
    const remove = async () => {
      const farewell = await this.#options.removing?.(jid.bare)
      await this.#options.storage.commit([...clears, ...removes, ...this.#limited.write(jid, undefined)])
      return farewell
    }
    const farewell = await remove().catch((error: unknown) => {
      this.#removed.delete(owner)
      throw error
    })
    this.#limited.note(jid, undefined)
    this.#forget(owner)
    await farewell?.()
    await this.#options.changed?.(jid.bare, 'removed')
  }

  /**
   * Whether the account is being removed, or was not long ago: what is still under way for it may store nothing any more,
   * or who next takes the name would find it.
   */
  isRemoved(account: string): boolean {
    return this.#removed.get(account) === true
  }

  /** Up to `max` accounts of a domain in order of their addresses, behind `after`. */
  async list(domain: string, { after, max = 1000 }: { after?: string; max?: number } = {}): Promise<Jid[]> {
    const found: Jid[] = []
    let from = after
    while (found.length < max) {
      const owners = await this.#options.storage.owners(ACCOUNT_STORE, from === undefined ? {} : { after: from })
      found.push(...owners.map((owner) => parseJid(owner)).filter((jid) => jid.domain === domain))
      if (owners.length < MAX_PAGE) break
      from = owners.at(-1)
    }
    return found.slice(0, max)
  }

  /** Names a store or archive that {@link remove} has to clear. */
  ownsStore(store: string): void {
    this.#stores.add(store)
  }

  ownsArchive(archive: string): void {
    this.#archives.add(archive)
  }

  #forget(owner: string): void {
    this.#changes++
    this.#cache.delete(owner)
  }

  async #require(jid: Jid): Promise<Account> {
    const account = await this.find(jid)
    if (!account) throw new AccountError('not-found', `there is no account ${jid.bare}`)
    return account
  }

  async #load(jid: Jid): Promise<Account | undefined> {
    const owner = jid.toString()
    const changes = this.#changes
    const account = readAccount(jid, await this.#options.storage.list(ACCOUNT_STORE, owner))
    // A change that came while this was being read has made it stale: do not keep it.
    if (changes === this.#changes) this.#cache.set(owner, account ?? 'absent')
    return account
  }

  async #passwordWrites(jid: Jid, password: string): Promise<Write[]> {
    assertPassword(password)
    const owner = jid.bare.toString()
    const { crypto, iterations, randomBytes } = this.#options
    const derive = async (hash: HashName): Promise<Write> =>
      credentialWrite(
        owner,
        await deriveScramCredentials(password, { hash, iterations, salt: randomBytes(16), crypto }),
      )
    return [...(await Promise.all(HASHES.map(derive))), ...this.#limited.write(jid, HASHES)]
  }
}

const isPresent = (account: Account | undefined): boolean => account !== undefined

/** @throws AccountError `empty-password`; SaslError `invalid-password`, of characters that no password has (RFC 8265 §4.2) */
export function assertPassword(password: string): void {
  if (password === '') throw new AccountError('empty-password', 'a password has at least one character')
  preparePassword(password)
}
