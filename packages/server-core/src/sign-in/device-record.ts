import type { TokenMechanismName, UserAgent } from '@parlour/sasl'
import type { Json, Write } from '@parlour/storage'
import { beginningOf } from '@parlour/xml'

/** Under the account, by {@link Devices}' key: what is known of a device. */
export const DEVICE_STORE = 'devices'
/** Under the account, by the same key: its tokens. Apart, so that a change of password clears them in one write. */
export const TOKEN_STORE = 'device-tokens'

/** How a device has signed in (XEP-0494 §3.1). */
export type SignInMethod = 'password' | 'certificate' | 'token'

/** What is kept of a device: of every client that names itself by a `<user-agent/>` with an id (XEP-0388 §2.3). */
export interface DeviceRecord {
  readonly software?: string
  readonly device?: string
  /** Milliseconds since 1970 of the first sign-in. */
  readonly first: number
  /** Of the last one, exact to {@link LAST_SEEN_STEP}. */
  readonly last: number
  /** In which ways it has ever signed in; by password: since that was changed last. */
  readonly methods: readonly SignInMethod[]
}

/** What is kept of a token: enough to check it. */
export interface TokenRecord {
  readonly mechanism: TokenMechanismName
  readonly issued: number
  readonly expires: number
  /** The token is derived from this and from a secret that is not kept here; or it cannot be derived at all, and these check it. */
  readonly check: { readonly nonce: string } | { readonly proofHash: string; readonly answer: string }
}

/** XEP-0484 §5.1: the token in use, and one that was given out and is not used yet. */
export interface TokenSlots {
  readonly current?: TokenRecord
  readonly fresh?: TokenRecord
}

/** Milliseconds after which the time of the last sign-in is written again: most sign-ins write nothing. */
export const LAST_SEEN_STEP = 60 * 60_000
/** UTF-16 code units of what a client says of itself. */
export const LONGEST_TEXT = 128

const shortened = (text = ''): string | undefined => beginningOf(text.trim(), LONGEST_TEXT) || undefined

/** The record after a sign-in; the same one if there is nothing to write. */
export function seenAgain(
  before: DeviceRecord | undefined,
  { software, device }: UserAgent,
  method: SignInMethod,
  now: number,
): DeviceRecord {
  const names = {
    software: shortened(software) ?? before?.software,
    device: shortened(device) ?? before?.device,
  }
  const isSame =
    before !== undefined &&
    names.software === before.software &&
    names.device === before.device &&
    before.methods.includes(method) &&
    now - before.last < LAST_SEEN_STEP
  if (isSame) return before
  return {
    ...(names.software !== undefined && { software: names.software }),
    ...(names.device !== undefined && { device: names.device }),
    first: before?.first ?? now,
    last: now,
    methods: [...new Set([...(before?.methods ?? []), method])],
  }
}

/** Puts, or with `undefined` deletes. */
export const deviceWrite = (owner: string, key: string, record: DeviceRecord | undefined): Write =>
  write(DEVICE_STORE, owner, key, record as Json | undefined)

export const tokenWrite = (owner: string, key: string, slots: TokenSlots | undefined): Write =>
  write(TOKEN_STORE, owner, key, (slots?.current || slots?.fresh ? slots : undefined) as Json | undefined)

const write = (store: string, owner: string, key: string, value: Json | undefined): Write =>
  value === undefined ? { type: 'delete', store, owner, key } : { type: 'put', store, owner, key, value }
