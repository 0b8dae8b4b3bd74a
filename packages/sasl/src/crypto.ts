import type { MaybePromise } from './maybe-promise.ts'

/** The hash functions of the SCRAM family, by their IANA names. */
export type HashName = 'SHA-1' | 'SHA-256' | 'SHA-512'

/** Octets of each hash function's output. */
export const HASH_LENGTHS: Readonly<Record<HashName, number>> = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 }

/**
 * The cryptography that SASL needs: a port, so that a server on Node.js can pass `node:crypto`, which answers
 * at once, where WebCrypto ({@link webCrypto}, the default) always makes one wait.
 * Each function may return its value or a promise of it. A rejected promise fails the exchange with
 * `temporary-auth-failure` (server) or a {@link SaslError} of code `crypto` (client).
 *
 * @example
 * import { hash, createHmac, pbkdf2 } from 'node:crypto'
 * const lower = (name: HashName) => name.replace('-', '').toLowerCase()
 * const nodeCrypto: SaslCrypto = {
 *   digest: (name, message) => hash(lower(name), message, 'buffer'),
 *   hmac: (name, key, message) => createHmac(lower(name), key).update(message).digest(),
 *   pbkdf2: (name, password, salt, iterations) => promisify(pbkdf2)(password, salt, iterations, HASH_LENGTHS[name], lower(name)),
 * }
 */
export interface SaslCrypto {
  digest(hash: HashName, message: Uint8Array): MaybePromise<Uint8Array>
  /** HMAC (RFC 2104). `key` is never empty. */
  hmac(hash: HashName, key: Uint8Array, message: Uint8Array): MaybePromise<Uint8Array>
  /** PBKDF2 with HMAC (RFC 8018 §5.2) and an output as long as the hash's: `Hi` of RFC 5802 §2.2. */
  pbkdf2(hash: HashName, password: Uint8Array, salt: Uint8Array, iterations: number): MaybePromise<Uint8Array>
}
