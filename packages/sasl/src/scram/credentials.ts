import { decodeBase64, encodeBase64 } from '../base64.ts'
import { encodeText, equalBytes } from '../bytes.ts'
import { HASH_LENGTHS, type HashName, type SaslCrypto } from '../crypto.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import { prepareOrThrow, preparePassword } from '../preparation.ts'
import { SaslError } from '../sasl-error.ts'
import { webCrypto } from '../web-crypto.ts'
import { serverKeyOf, storedKeyOf } from './keys.ts'

/**
 * What a server stores of a password (RFC 5802 §3): enough to check it, by SCRAM with the same hash or by PLAIN, and
 * to prove that it knows it; not enough to sign in with.
 */
export interface ScramCredentials {
  readonly hash: HashName
  readonly salt: Uint8Array
  readonly iterations: number
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

export interface DeriveOptions {
  readonly hash: HashName
  /** At least 16 random octets, new for each password. */
  readonly salt: Uint8Array
  /** RFC 5802 §5.1 and RFC 7677 §4: at least 4096, the default. */
  readonly iterations?: number
  /** Default {@link webCrypto}. */
  readonly crypto?: SaslCrypto
  /** Default {@link preparePassword}. */
  readonly preparePassword?: (password: string) => string
}

/** The least iteration count that RFC 5802 §5.1 allows a server, and the default. */
export const MINIMUM_ITERATIONS = 4096

/**
 * The credentials to store for a new password. A promise when the cryptography port's answers are.
 *
 * @throws {SaslError} `invalid-password` when the password cannot be prepared or is empty.
 * @example
 * const salt = crypto.getRandomValues(new Uint8Array(16))
 * const credentials = await deriveScramCredentials('pencil', { hash: 'SHA-256', salt, iterations: 10_000 })
 */
export function deriveScramCredentials(password: string, options: DeriveOptions): MaybePromise<ScramCredentials> {
  const { hash, salt, iterations = MINIMUM_ITERATIONS, crypto = webCrypto } = options
  const prepared = encodeText(prepareOrThrow(options.preparePassword ?? preparePassword, password, 'invalid-password'))
  return andThen(crypto.pbkdf2(hash, prepared, salt, iterations), (saltedPassword) =>
    credentialsOfSaltedPassword(saltedPassword, { hash, salt, iterations, crypto }),
  )
}

/** The credentials to store where a client has derived the salted password itself (XEP-0480 §3). */
export function credentialsOfSaltedPassword(
  saltedPassword: Uint8Array,
  options: { hash: HashName; salt: Uint8Array; iterations: number; crypto?: SaslCrypto },
): MaybePromise<ScramCredentials> {
  const { hash, salt, iterations, crypto = webCrypto } = options
  return andThen(storedKeyOf(crypto, hash, saltedPassword), (storedKey) =>
    andThen(serverKeyOf(crypto, hash, saltedPassword), (serverKey) => ({
      hash,
      salt,
      iterations,
      storedKey,
      serverKey,
    })),
  )
}

/**
 * Whether `password` is the one that the credentials were made from. `password` is prepared already.
 * Costs the whole derivation, whatever the answer.
 */
export function verifyPlain(
  password: string,
  credentials: ScramCredentials,
  crypto: SaslCrypto = webCrypto,
): MaybePromise<boolean> {
  const { hash, salt, iterations, storedKey } = credentials
  return andThen(crypto.pbkdf2(hash, encodeText(password), salt, iterations), (salted) =>
    andThen(storedKeyOf(crypto, hash, salted), (key) => equalBytes(key, storedKey)),
  )
}

/** The credentials as a JSON string: `{"hash","salt","iterations","storedKey","serverKey"}`, octets in base 64. */
export function serializeScramCredentials(credentials: ScramCredentials): string {
  const { hash, salt, iterations, storedKey, serverKey } = credentials
  return JSON.stringify({
    hash,
    salt: encodeBase64(salt),
    iterations,
    storedKey: encodeBase64(storedKey),
    serverKey: encodeBase64(serverKey),
  })
}

const unreadable = (what: string, cause?: unknown) =>
  new SaslError('invalid-credentials', { message: `stored credentials: ${what}`, cause })

function readJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch (error) {
    throw unreadable('not JSON', error)
  }
  throw unreadable('not an object')
}

function readOctets(value: unknown, name: string, length?: number): Uint8Array {
  const octets = typeof value === 'string' ? decodeBase64(value) : undefined
  if (!octets?.length || (length !== undefined && octets.length !== length)) throw unreadable(`${name} is not valid`)
  return octets
}

/**
 * Reads what {@link serializeScramCredentials} wrote.
 *
 * @throws {SaslError} `invalid-credentials` when it is not that.
 */
export function parseScramCredentials(text: string): ScramCredentials {
  const { hash, salt, iterations, storedKey, serverKey } = readJson(text)
  if (typeof hash !== 'string' || !Object.hasOwn(HASH_LENGTHS, hash)) throw unreadable('hash is not known')
  if (!Number.isSafeInteger(iterations) || (iterations as number) < 1) throw unreadable('iterations is not a count')
  const length = HASH_LENGTHS[hash as HashName]
  return {
    hash: hash as HashName,
    salt: readOctets(salt, 'salt'),
    iterations: iterations as number,
    storedKey: readOctets(storedKey, 'storedKey', length),
    serverKey: readOctets(serverKey, 'serverKey', length),
  }
}
