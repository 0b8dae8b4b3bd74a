import { type Jid, parseJid } from '@parlour/jid'
import type { ModuleHost, ModuleStore } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import type { Json } from '@parlour/storage'
import { type ArchiveDefault, type ArchivePreferences, isPreferred } from '../protocol/preferences.ts'
import type { ArchiveConfiguration } from './configuration.ts'

/** Accounts whose preferences are remembered. */
const REMEMBERED = 20_000
/** Addresses in both lists of an account. */
const MAX_ADDRESSES = 1000

interface StoredPreferences {
  readonly default: ArchiveDefault
  readonly always: readonly string[]
  readonly never: readonly string[]
}

/** Which conversations each account wants archived (XEP-0441); those lately asked for are in memory. */
export class PreferenceStore {
  readonly #host: ModuleHost<ArchiveConfiguration>
  readonly #store: ModuleStore
  readonly #initial: ArchivePreferences
  readonly #known = new Map<string, ArchivePreferences>()

  constructor(host: ModuleHost<ArchiveConfiguration>) {
    this.#host = host
    this.#store = host.store('preferences')
    this.#initial = { default: host.config.default, always: [], never: [] }
  }

  /** Those of an account (a bare JID); at once if they are in memory. */
  of(account: string): ArchivePreferences | Promise<ArchivePreferences> {
    return this.#known.get(account) ?? this.#load(account)
  }

  /** Those that an account (a bare JID) has chosen itself; `undefined`: it has chosen none. */
  async chosen(account: string): Promise<ArchivePreferences | undefined> {
    const preferences = await this.of(account)
    return preferences === this.#initial ? undefined : preferences
  }

  /**
   * Durable when the promise resolves; in a trial nothing changes.
   * @throws StanzaError `resource-constraint` for longer lists than are kept
   */
  async change(account: string, preferences: ArchivePreferences, isTrial = false): Promise<ArchivePreferences> {
    const addresses = preferences.always.length + preferences.never.length
    if (addresses > MAX_ADDRESSES)
      throw new StanzaError('resource-constraint', `the lists have at most ${MAX_ADDRESSES} addresses`)
    if (isTrial) return preferences
    const value: Json = {
      default: preferences.default,
      always: preferences.always.map(String),
      never: preferences.never.map(String),
    }
    this.#known.delete(account)
    await this.#store.put(account, value)
    this.#remember(account, preferences)
    return preferences
  }

  /** Whether an account wants what it exchanges with an address archived; at once if what that depends on is in memory. */
  wants(account: Jid, address: Jid): boolean | Promise<boolean> {
    const preferences = this.of(account.toString())
    if (preferences instanceof Promise) return this.#decideLater(preferences, account, address)
    return this.#decide(preferences, account, address)
  }

  #decideLater(preferences: Promise<ArchivePreferences>, account: Jid, address: Jid): Promise<boolean> {
    return preferences.then((loaded) => this.#decide(loaded, account, address))
  }

  forget(account: string): void {
    this.#known.delete(account)
  }

  #decide(preferences: ArchivePreferences, account: Jid, address: Jid): boolean | Promise<boolean> {
    if (preferences === this.#initial && preferences.default === 'always') return true
    return isPreferred(preferences, address) ?? this.#host.isContact(account, address)
  }

  async #load(account: string): Promise<ArchivePreferences> {
    const stored = (await this.#store.get(account)) as StoredPreferences | undefined
    const preferences = stored
      ? { default: stored.default, always: stored.always.map(parseJid), never: stored.never.map(parseJid) }
      : this.#initial
    if (!this.#known.has(account)) this.#remember(account, preferences)
    return preferences
  }

  #remember(account: string, preferences: ArchivePreferences): void {
    if (this.#known.size >= REMEMBERED) this.#known.delete(this.#known.keys().next().value as string)
    this.#known.set(account, preferences)
  }
}
