import type { Jid } from '@parlour/jid'
import { type HashName, parseScramCredentials, type ScramCredentials, serializeScramCredentials } from '@parlour/sasl'
import type { Json, Write } from '@parlour/storage'

export const ACCOUNT_STORE = 'accounts'
export const ACCOUNT_KEY = 'account'

/** The hashes that verifiers are stored for, so that every client finds its mechanism. */
export const HASHES: readonly HashName[] = ['SHA-1', 'SHA-256', 'SHA-512']

export interface Account {
  readonly jid: Jid
  /** Milliseconds since 1970. */
  readonly created: number
  readonly isDisabled: boolean
  /** The verifier of the password for a hash, where one is stored. */
  credentials(hash: HashName): ScramCredentials | undefined
}

/** What is kept of an account besides its password. */
export type AccountFacts = Pick<Account, 'created' | 'isDisabled'>

export const keyOf = (hash: HashName): string => `SCRAM-${hash}`
export const recordOf = ({ created, isDisabled }: AccountFacts): Json =>
  isDisabled ? { created, disabled: true } : { created }

export function credentialWrite(owner: string, credentials: ScramCredentials): Write {
  return {
    type: 'put',
    store: ACCOUNT_STORE,
    owner,
    key: keyOf(credentials.hash),
    value: serializeScramCredentials(credentials),
  }
}

/** A precondition: this is the verifier for a hash; `undefined`: there is none. */
export function expectedVerifier(owner: string, hash: HashName, credentials: ScramCredentials | undefined): Write {
  const value = credentials && serializeScramCredentials(credentials)
  return { type: 'expect', store: ACCOUNT_STORE, owner, key: keyOf(hash), value }
}

export function readAccount(jid: Jid, records: ReadonlyMap<string, Json>): Account | undefined {
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
