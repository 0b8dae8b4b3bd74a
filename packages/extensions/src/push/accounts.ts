import type { ModuleHost, ModuleStore } from '@parlour/server-core'
import type { PushAccount } from './account.ts'
import { isPushContent, type PushContent } from './content.ts'
import { keyOf, type Registration, toJson } from './registration.ts'
import { Target, type TargetParts } from './target.ts'
import { Unread } from './unread.ts'

/** Accounts that are in memory: those that were written to lately. */
const REMEMBERED_ACCOUNTS = 20_000
/** Beside the registrations, whose keys begin with a domain or a localpart. */
const CONTENT_KEY = '/content'
/** How many are looked at, to find one that can be forgotten. */
const LOOKS = 8

type AccountsHost = Pick<ModuleHost, 'store' | 'archive' | 'log' | 'commit'>

/** Who gets notifications, on disk and in memory. */
export class PushAccounts {
  /** The registrations by their keys, and what the account allows to be told. */
  readonly #registrations: ModuleStore
  readonly #host: AccountsHost
  readonly #parts: (account: string) => TargetParts
  readonly #known = new Map<string, PushAccount>()
  readonly #loading = new Map<string, Promise<PushAccount>>()

  constructor(host: AccountsHost, parts: (account: string) => TargetParts) {
    this.#host = host
    this.#registrations = host.store('registrations')
    this.#parts = parts
    // Declares the archive, so that it goes with the account.
    host.archive.remove('unread', '', [])
  }

  /** What is in memory. */
  cached(account: string): PushAccount | undefined {
    return this.#known.get(account)
  }

  /** At once, when it is in memory. */
  get(account: string): PushAccount | Promise<PushAccount> {
    return this.#known.get(account) ?? this.#loading.get(account) ?? this.#load(account)
  }

  /** Durable when the promise resolves. */
  async add(account: PushAccount, registration: Registration): Promise<void> {
    const key = keyOf(registration)
    await this.#registrations.put(account.address, toJson(registration), key)
    const target = account.targets.get(key)
    if (target) target.registration = registration
    else account.targets.set(key, new Target(registration, this.#parts(account.address)))
  }

  async remove(account: PushAccount, keys: readonly string[]): Promise<void> {
    const writes = keys.map((key) => this.#registrations.write(account.address, undefined, key))
    // What nobody is told of need not be counted.
    const isLast = keys.length === account.targets.size
    await this.#host.commit(isLast ? [...writes, account.unread.clear()] : writes)
    for (const key of keys) {
      account.targets.get(key)?.close()
      account.targets.delete(key)
    }
  }

  /** What has changed of a registration; that it is not stored is no more than a repetition after a restart. */
  save({ address }: PushAccount, registration: Registration): void {
    this.#registrations.put(address, toJson(registration), keyOf(registration)).catch((error: unknown) => {
      this.#host.log.error({ error, account: address }, 'a change of a push registration could not be stored')
    })
  }

  async allow(address: string, content: PushContent): Promise<void> {
    await this.#registrations.put(address, content, CONTENT_KEY)
    const account = await this.get(address)
    account.content = content
  }

  forget(address: string): void {
    for (const target of this.#known.get(address)?.targets.values() ?? []) target.close()
    this.#known.delete(address)
    this.#loading.delete(address)
  }

  close(): void {
    for (const address of [...this.#known.keys()]) this.forget(address)
  }

  #load(address: string): Promise<PushAccount> {
    const loading = this.#read(address).then((account) => {
      if (this.#loading.get(address) !== loading) return account
      this.#loading.delete(address)
      this.#known.set(address, account)
      if (this.#known.size > REMEMBERED_ACCOUNTS) this.#makeRoom()
      return account
    })
    this.#loading.set(address, loading)
    loading.catch(() => this.#loading.delete(address))
    return loading
  }

  async #read(address: string): Promise<PushAccount> {
    const stored = await this.#registrations.list(address)
    const content = stored.get(CONTENT_KEY)
    stored.delete(CONTENT_KEY)
    const parts = this.#parts(address)
    const targets = new Map(
      Array.from(stored, ([key, value]) => [key, new Target(value as never as Registration, parts)] as const),
    )
    const { archive } = this.#host
    const unread = targets.size === 0 ? Unread.empty(archive, address) : await Unread.load(archive, address)
    return {
      address,
      targets,
      unread,
      content: isPushContent(content) ? content : 'count',
      last: undefined,
      requests: 0,
    }
  }

  /** Those that are kept are looked at last from then on: however many they are, others are found. */
  #makeRoom(): void {
    let looks = LOOKS
    for (const [address, account] of this.#known) {
      if (looks-- === 0) return
      this.#known.delete(address)
      if (![...account.targets.values()].some(({ isBusy }) => isBusy)) return
      this.#known.set(address, account)
    }
  }
}
