import type { Jid } from '@parlour/jid'
import type { SaslCrypto, UserAgent } from '@parlour/sasl'
import { type Storage, StorageError, type Write } from '@parlour/storage'
import { BoundedCache } from '../bounded-cache.ts'
import type { ClientSession } from '../client-session.ts'
import type { Logger } from '../logger.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import {
  DEVICE_STORE,
  type DeviceRecord,
  deviceWrite,
  type SignInMethod,
  seenAgain,
  TOKEN_STORE,
  type TokenSlots,
  tokenWrite,
} from './device-record.ts'
import { encodeText, toBase64Url } from './octets-text.ts'

const CACHED_ACCOUNTS = 10_000
const KEY_OCTETS = 12
const CACHED_KEYS = 10_000
/** Of a UUID, as it is written. Anybody can send a longer one, of which nothing is kept. */
const LONGEST_CACHED_ID = 36
const NO_TOKENS: TokenSlots = {}

/** How many devices are remembered, and how long. */
export interface DeviceLimits {
  /** Devices of one account; one more takes the place of the one that was away longest. Default 50. */
  readonly maxDevices: number
  /** Milliseconds after its last sign-in that a device is forgotten. Default 90 days. */
  readonly keepFor: number
}

export const DEFAULT_DEVICE_LIMITS: DeviceLimits = { maxDevices: 50, keepFor: 90 * 86_400_000 }

export interface DevicesParts {
  readonly storage: Pick<Storage, 'list'>
  commit(writes: readonly Write[]): Promise<void>
  readonly crypto: Pick<SaslCrypto, 'digest'>
  readonly now: () => number
  readonly log: Logger
  readonly limits?: DeviceLimits | undefined
}

/** All that is remembered of one account's devices. Changed in place; what is durable follows. */
interface Known {
  readonly devices: Map<string, DeviceRecord>
  readonly tokens: Map<string, TokenSlots>
}

/** By what a device has shown that it may have tokens. */
interface Shown {
  /** The epoch of the devices when the sign-in began. */
  readonly since: number
  /** Without these nothing is stored. */
  readonly conditions: readonly Write[]
}

/** The name under which a session remembers whose it is. */
const REMEMBERED = 'device'

/** The devices of all accounts: who they say they are, when and how they signed in, and their tokens. */
export class Devices {
  readonly #parts: DevicesParts
  readonly limits: DeviceLimits
  readonly #known = new BoundedCache<Known>(CACHED_ACCOUNTS)
  /** What is being read: all who ask meanwhile get the same, and none what another of them has changed since. */
  readonly #loading = new Map<string, Promise<Known>>()
  readonly #keys = new BoundedCache<string>(CACHED_KEYS)
  #changes = 0
  /** Which change was the last of an account, or of one device of it. */
  readonly #changed = new BoundedCache<number>(CACHED_ACCOUNTS)
  /** The last change that made room there: whose others were is not known, so they count for all. */
  #forgotten = 0

  constructor(parts: DevicesParts) {
    this.#parts = parts
    this.limits = parts.limits ?? DEFAULT_DEVICE_LIMITS
  }

  /** By what a device is known here and shown to its owner: the id of the user agent itself is not shown to anybody. */
  keyOf(userAgentId: string): MaybePromise<string> {
    const known = this.#keys.get(userAgentId)
    if (known !== undefined) return known
    const digest = this.#parts.crypto.digest('SHA-256', encodeText(`device ${userAgentId.toLowerCase()}`))
    return andThen(digest, (octets) => {
      const key = toBase64Url(octets.subarray(0, KEY_OCTETS))
      if (userAgentId.length <= LONGEST_CACHED_ID) this.#keys.set(userAgentId, key)
      return key
    })
  }

  /** A device has signed in. What is new is stored, and nobody waits for it. */
  seen(account: Jid, key: string, userAgent: UserAgent, method: SignInMethod): void {
    const owner = account.bare.toString()
    const before = this.#known.get(owner)?.devices.get(key)
    if (before && seenAgain(before, userAgent, method, this.#parts.now()) === before) return
    this.#note(owner, key, userAgent, method).catch((error: unknown) =>
      this.#parts.log.error({ error, account: owner }, 'a device could not be remembered'),
    )
  }

  async #note(owner: string, key: string, userAgent: UserAgent, method: SignInMethod): Promise<void> {
    const known = await this.#of(owner)
    const before = known.devices.get(key)
    const record = seenAgain(before, userAgent, method, this.#parts.now())
    if (record === before) return
    known.devices.set(key, record)
    await this.#parts.commit([deviceWrite(owner, key, record), ...this.#makeRoom(owner, known, key)])
  }

  /** Tells whose session this is; also after a restart of the server. */
  attach(session: ClientSession, key: string): void {
    if (this.ofSession(session) !== key) session.remember(REMEMBERED, key)
  }

  /** The device that a session belongs to, if it has named itself. */
  ofSession({ remembered }: ClientSession): string | undefined {
    return remembered.get(REMEMBERED) as string | undefined
  }

  async all(account: Jid): Promise<ReadonlyMap<string, DeviceRecord>> {
    return (await this.#of(account.bare.toString())).devices
  }

  tokens(account: Jid, key: string): MaybePromise<TokenSlots> {
    return andThen(this.#of(account.bare.toString()), ({ tokens }) => tokens.get(key) ?? NO_TOKENS)
  }

  /** Durable when the promise resolves; counts at once. @returns false: what was shown is good no more */
  async setTokens(account: Jid, key: string, slots: TokenSlots, shown?: Shown): Promise<boolean> {
    const owner = account.bare.toString()
    const { tokens } = await this.#of(owner)
    if (shown && (this.isRevoked(account, shown.since) || this.isDeviceRevoked(account, key, shown.since))) return false
    const before = tokens.get(key)
    const after = slots.current || slots.fresh ? slots : undefined
    put(tokens, key, after)
    try {
      await this.#parts.commit([...(shown?.conditions ?? []), tokenWrite(owner, key, slots)])
      return true
    } catch (error) {
      if (tokens.get(key) === after) put(tokens, key, before)
      if (!(error instanceof StorageError && error.code === 'conflict')) throw error
      this.forget(account)
      return false
    }
  }

  /** Forgets a device and its tokens. Durable when the promise resolves. @returns whether there was such a device */
  async remove(account: Jid, key: string): Promise<boolean> {
    this.#revoke(account, key)
    const owner = account.bare.toString()
    const { devices, tokens } = await this.#of(owner)
    const device = devices.get(key)
    if (!device) return false
    const slots = tokens.get(key)
    devices.delete(key)
    tokens.delete(key)
    try {
      await this.#parts.commit([deviceWrite(owner, key, undefined), tokenWrite(owner, key, undefined)])
    } catch (error) {
      if (!devices.has(key)) devices.set(key, device)
      if (!tokens.has(key)) put(tokens, key, slots)
      throw error
    }
    return true
  }

  /** Takes a device over as another server has known it. Durable when the promise resolves. */
  async adopt(account: Jid, key: string, record: DeviceRecord): Promise<void> {
    const owner = account.bare.toString()
    const known = await this.#of(owner)
    await this.#parts.commit([deviceWrite(owner, key, record)])
    known.devices.set(key, record)
  }

  /** Voids the tokens of a device. Durable when the promise resolves. */
  async voidTokens(account: Jid, key: string): Promise<void> {
    this.#revoke(account, key)
    await this.setTokens(account, key, {})
  }

  /**
   * What has to be written together with a new password; then {@link forget}: nobody is known to have signed in with that.
   *
   * @param voidsTokens all tokens of the account are void, too
   */
  async revocation(account: Jid, voidsTokens: boolean): Promise<Write[]> {
    const owner = account.bare.toString()
    const { devices } = await this.#of(owner)
    const rewritten = [...devices].flatMap(([key, record]) => {
      const methods = record.methods.filter((method) => method !== 'password')
      return methods.length < record.methods.length ? [deviceWrite(owner, key, { ...record, methods })] : []
    })
    return voidsTokens ? [{ type: 'clear', store: TOKEN_STORE, owner }, ...rewritten] : rewritten
  }

  /** What was read of an account does not hold any more. */
  forget(account: Jid): void {
    const owner = account.bare.toString()
    this.#noteChange(owner)
    this.#known.delete(owner)
    this.#loading.delete(owner)
  }

  /** What a sign-in remembers from its beginning, for {@link isRevoked}. */
  get epoch(): number {
    return this.#changes
  }

  /** Whether the password was changed, or the account removed, since: what was proven before may be good no more. */
  isRevoked(account: Jid, since: number): boolean {
    return this.#lastChange(account.bare.toString()) > since
  }

  /** Whether a device was revoked since: it has shown in vain what it has shown before. */
  isDeviceRevoked(account: Jid, key: string, since: number): boolean {
    return this.#lastChange(`${account.bare} ${key}`) > since
  }

  /** No account has a space in its address. */
  #revoke(account: Jid, key: string): void {
    this.#noteChange(`${account.bare} ${key}`)
  }

  #noteChange(name: string): void {
    this.#forgotten = Math.max(this.#forgotten, this.#changed.set(name, ++this.#changes) ?? 0)
  }

  #lastChange(name: string): number {
    return this.#changed.get(name) ?? this.#forgotten
  }

  #of(owner: string): MaybePromise<Known> {
    return this.#known.get(owner) ?? this.#loading.get(owner) ?? this.#load(owner)
  }

  #load(owner: string): Promise<Known> {
    const loading: Promise<Known> = this.#read(owner)
      .then((known) => {
        // What was forgotten meanwhile may be read too early.
        if (this.#loading.get(owner) === loading) this.#known.set(owner, known)
        return known
      })
      .finally(() => {
        if (this.#loading.get(owner) === loading) this.#loading.delete(owner)
      })
    this.#loading.set(owner, loading)
    return loading
  }

  async #read(owner: string): Promise<Known> {
    const { storage } = this.#parts
    const [devices, tokens] = await Promise.all([storage.list(DEVICE_STORE, owner), storage.list(TOKEN_STORE, owner)])
    return {
      devices: devices as Map<string, unknown> as Known['devices'],
      tokens: tokens as Map<string, unknown> as Known['tokens'],
    }
  }

  /** Who was away too long goes, then who was away longest. */
  #makeRoom(owner: string, { devices, tokens }: Known, newest: string): Write[] {
    const { maxDevices, keepFor } = this.limits
    const byAge = [...devices].filter(([key]) => key !== newest).sort((a, b) => a[1].last - b[1].last)
    const surplus = devices.size - maxDevices
    const gone = byAge.filter(([, { last }], at) => at < surplus || this.#parts.now() - last > keepFor)
    return gone.flatMap(([key]) => {
      devices.delete(key)
      const hadTokens = tokens.delete(key)
      const removed = deviceWrite(owner, key, undefined)
      return hadTokens ? [removed, tokenWrite(owner, key, undefined)] : [removed]
    })
  }
}

function put<Value>(values: Map<string, Value>, key: string, value: Value | undefined): void {
  if (value === undefined) values.delete(key)
  else values.set(key, value)
}
