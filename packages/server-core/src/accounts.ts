import { type Jid, parseJid } from '@parlour/jid'
import {
  deriveScramCredentials,
  type HashName,
  parseScramCredentials,
  type SaslCrypto,
  type ScramCredentials,
  serializeScramCredentials,
} from '@parlour/sasl'
import { type Json, MAX_PAGE, type Storage, StorageError, type Write } from '@parlour/storage'
import { BoundedCache } from './bounded-cache.ts'

const STORE = 'accounts'
const ACCOUNT_KEY = 'account'
const CACHED_ACCOUNTS = 20_000

/** The hashes that verifiers are stored for, so that every client finds its mechanism. */
const HASHES: readonly HashName[] = ['SHA-1', 'SHA-256', 'SHA-512']

export interface Account {
  readonly jid: Jid
  /** Milliseconds since 1970. */
  readonly created: number
  readonly isDisabled: boolean
  /** The verifier of the password for a hash, where one is stored. */
  credentials(hash: HashName): ScramCredentials | undefined
}

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
  #changes = 0

  constructor(options: AccountsOptions) {
    this.#options = options
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
    const owner = jid.bare.toString()
    const writes: Write[] = [
      { type: 'expect', store: STORE, owner, key: ACCOUNT_KEY, value: undefined },
      { type: 'put', store: STORE, owner, key: ACCOUNT_KEY, value: { created: this.#options.now() } },
      ...(await this.#credentialWrites(owner, password)),
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
    const owner = jid.bare.toString()
    await this.#options.storage.commit(await this.#credentialWrites(owner, password))
    this.#forget(owner)
  }

  /** A disabled account keeps everything but cannot sign in (RFC 6120 §6.5.1). */
  async setDisabled(jid: Jid, isDisabled: boolean): Promise<void> {
    const account = await this.#require(jid)
    const owner = jid.bare.toString()
    const value: Json = isDisabled ? { created: account.created, disabled: true } : { created: account.created }
    await this.#options.storage.commit([{ type: 'put', store: STORE, owner, key: ACCOUNT_KEY, value }])
    this.#forget(owner)
  }

  /** Removes the account and all that any store holds of it. @throws AccountError `not-found` */
  async remove(jid: Jid): Promise<void> {
    await this.#require(jid)
    const owner = jid.bare.toString()
    const clears: Write[] = [STORE, ...this.#stores].map((store) => ({ type: 'clear', store, owner }))
    const removes: Write[] = [...this.#archives].map((archive) => ({ type: 'remove', archive, owner, all: true }))
    this.#removed.set(owner, true)
    const remove = async () => {
      const farewell = await this.#options.removing?.(jid.bare)
      await this.#options.storage.commit([...clears, ...removes])
      return farewell
    }
    const farewell = await remove().catch((error: unknown) => {
      this.#removed.delete(owner)
      throw error
    })
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
      const owners = await this.#options.storage.owners(STORE, from === undefined ? {} : { after: from })
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
    const account = readAccount(jid, await this.#options.storage.list(STORE, owner))
    // A change that came while this was being read has made it stale: do not keep it.
    if (changes === this.#changes) this.#cache.set(owner, account ?? 'absent')
    return account
  }

  async #credentialWrites(owner: string, password: string): Promise<Write[]> {
    if (password === '') throw new AccountError('empty-password', 'a password has at least one character')
    const { crypto, iterations, randomBytes } = this.#options
    const derive = async (hash: HashName): Promise<Write> => {
      const credentials = await deriveScramCredentials(password, { hash, iterations, salt: randomBytes(16), crypto })
      return { type: 'put', store: STORE, owner, key: keyOf(hash), value: serializeScramCredentials(credentials) }
    }
    return Promise.all(HASHES.map(derive))
  }
}

const isPresent = (account: Account | undefined): boolean => account !== undefined
const keyOf = (hash: HashName): string => `SCRAM-${hash}`

function readAccount(jid: Jid, records: ReadonlyMap<string, Json>): Account | undefined {
  const account = records.get(ACCOUNT_KEY) as { created: number; disabled?: boolean } | undefined
  if (!account) return undefined
  const verifiers = HASHES.map((hash) => records.get(keyOf(hash)) as string | undefined)
  return new CachedAccount(jid, account.created, account.disabled === true, verifiers)
}

/** Keeps verifiers as text and reads the one that is asked for: the octets of all three would take 3 KiB an account. */
class CachedAccount implements Account {
  readonly jid: Jid
  readonly created: number
  readonly isDisabled: boolean
  /** In the order of {@link HASHES}. */
  readonly #verifiers: readonly (string | undefined)[]

  constructor(jid: Jid, created: number, isDisabled: boolean, verifiers: readonly (string | undefined)[]) {
    this.jid = jid
    this.created = created
    this.isDisabled = isDisabled
    this.#verifiers = verifiers
  }

  credentials(hash: HashName): ScramCredentials | undefined {
    const text = this.#verifiers[HASHES.indexOf(hash)]
    return text === undefined ? undefined : parseScramCredentials(text)
  }
}
