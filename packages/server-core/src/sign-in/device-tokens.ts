import type { Jid } from '@parlour/jid'
import { hashToken, type SaslCrypto, TOKEN_VARIANTS, type TokenCandidate, type TokenMechanismName } from '@parlour/sasl'
import { StreamError } from '@parlour/xml-stream'
import { expectedVerifier, HASHES } from '../account-record.ts'
import type { Accounts } from '../accounts.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { TokenRecord, TokenSlots } from './device-record.ts'
import type { Devices } from './devices.ts'
import { encodeText, fromBase64, toBase64, toBase64Url } from './octets-text.ts'

const TOKEN_OCTETS = 24
/** RFC 8959: what has been put where it does not belong is found by this. */
const PREFIX = 'secret-token:'

type Stored = TokenCandidate['stored']

/** How long tokens live. */
export interface TokenTerms {
  /** Milliseconds for which a token is good. Default 21 days. */
  readonly lifetime: number
  /** Milliseconds after which its next use brings another one. Default one day. */
  readonly rotation: number
}

export const DEFAULT_TOKEN_TERMS: TokenTerms = { lifetime: 21 * 86_400_000, rotation: 86_400_000 }

export interface DeviceTokensParts {
  readonly devices: Devices
  readonly accounts: Pick<Accounts, 'find'>
  /** Of the host: what tokens that are bound to the channel are derived from. */
  readonly secret: Uint8Array
  readonly crypto: SaslCrypto
  readonly randomBytes: (length: number) => Uint8Array
  readonly now: () => number
  readonly terms: TokenTerms
}

/** A token that a device may sign in with. */
export interface DeviceToken extends TokenCandidate {
  readonly slot: keyof TokenSlots
  readonly record: TokenRecord
}

/** A token as the device gets it: once. */
export interface IssuedToken {
  readonly token: string
  readonly expires: number
}

/**
 * The tokens of devices (XEP-0484). What is stored of a device signs nobody in: of a token that is bound to no channel a
 * hash is kept; one that is bound has to be known to check it, so it is derived, never stored, from what is kept and from
 * a secret that should be kept apart from the database (`tokenSecret`).
 */
export class DeviceTokens {
  readonly #parts: DeviceTokensParts
  /** What was derived for records that are in memory: a device that returns has its own derived once. */
  readonly #derived = new WeakMap<TokenRecord, Stored>()

  constructor(parts: DeviceTokensParts) {
    this.#parts = parts
  }

  /** Those made for exactly this mechanism, the newest first. */
  candidates(account: Jid, key: string, mechanism: TokenMechanismName): MaybePromise<readonly DeviceToken[]> {
    const candidate = (slot: keyof TokenSlots, record: TokenRecord | undefined): MaybePromise<DeviceToken[]> => {
      if (record?.mechanism !== mechanism) return []
      const refusal = record.expires <= this.#parts.now() ? 'credentials-expired' : undefined
      return andThen(this.#storedOf(account, key, record), (stored) => [{ slot, record, refusal, stored }])
    }
    return andThen(this.#parts.devices.tokens(account, key), ({ fresh, current }) =>
      andThen(candidate('fresh', fresh), (newest) =>
        andThen(candidate('current', current), (older) => newest.concat(older)),
      ),
    )
  }

  /** A token was used: a fresh one takes the place of the former one. As {@link issue}. */
  used(account: Jid, key: string, { slot, record }: DeviceToken, since: number): MaybePromise<void> {
    return slot === 'fresh' ? this.#set(account, key, { current: record }, since) : undefined
  }

  /** Whether a token is old enough to get another one. */
  isDue({ record }: DeviceToken): boolean {
    return this.#parts.now() - record.issued >= this.#parts.terms.rotation
  }

  /**
   * Makes a token; one that was made before and never used is void. Durable when the promise resolves.
   *
   * @param since the epoch of the devices when the sign-in began
   * @throws StreamError `not-authorized`: the password has been changed since, or the device revoked
   */
  async issue(account: Jid, key: string, mechanism: TokenMechanismName, since: number): Promise<IssuedToken> {
    const { devices, terms, now } = this.#parts
    const issued = now()
    const expires = issued + terms.lifetime
    const { token, check } = await this.#make(account, key, mechanism)
    const { current } = await devices.tokens(account, key)
    const fresh = { mechanism, issued, expires, check }
    await this.#set(account, key, current ? { current, fresh } : { fresh }, since)
    return { token, expires }
  }

  /** A new password voids all tokens, a revocation those of a device: none may be stored behind it by a proof from before. */
  async #set(account: Jid, key: string, slots: TokenSlots, since: number): Promise<void> {
    const { accounts, devices } = this.#parts
    const found = await accounts.find(account)
    if (!found) throw revoked()
    const owner = account.bare.toString()
    const conditions = HASHES.map((hash) => expectedVerifier(owner, hash, found.credentials(hash)))
    if (!(await devices.setTokens(account, key, slots, { since, conditions }))) throw revoked()
  }

  /** All tokens of a device are void. Durable when the promise resolves. */
  async invalidate(account: Jid, key: string): Promise<void> {
    await this.#parts.devices.setTokens(account, key, {})
  }

  async #make(
    account: Jid,
    key: string,
    mechanism: TokenMechanismName,
  ): Promise<{ token: string; check: TokenRecord['check'] }> {
    const random = this.#parts.randomBytes(TOKEN_OCTETS)
    const variant = TOKEN_VARIANTS[mechanism]
    if (variant.binding !== undefined) {
      const nonce = toBase64(random)
      return { token: await this.#derive(account, key, mechanism, nonce), check: { nonce } }
    }
    const token = PREFIX + toBase64Url(random)
    const { proofHash, answer } = await hashToken(encodeText(token), variant, this.#parts.crypto)
    return { token, check: { proofHash: toBase64(proofHash), answer: toBase64(answer) } }
  }

  #storedOf(account: Jid, key: string, record: TokenRecord): MaybePromise<Stored> {
    const known = this.#derived.get(record)
    if (known) return known
    const { check, mechanism } = record
    if (!('nonce' in check)) return { proofHash: fromBase64(check.proofHash), answer: fromBase64(check.answer) }
    return andThen(this.#derive(account, key, mechanism, check.nonce), (token) => {
      const stored = { key: encodeText(token) }
      this.#derived.set(record, stored)
      return stored
    })
  }

  #derive(account: Jid, key: string, mechanism: TokenMechanismName, nonce: string): MaybePromise<string> {
    const { crypto, secret } = this.#parts
    const text = `token ${account.bare} ${key} ${mechanism} ${nonce}`
    return andThen(crypto.hmac('SHA-256', secret, encodeText(text)), (octets) => PREFIX + toBase64Url(octets))
  }
}

const revoked = (): StreamError =>
  new StreamError('not-authorized', 'the password was changed, or the device revoked, meanwhile')
