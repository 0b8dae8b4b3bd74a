import { createHmac, hash, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { HASH_LENGTHS, type HashName, type SaslCrypto } from '@parlour/sasl'

const NAMES: Readonly<Record<HashName, string>> = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' }
const derive = promisify(pbkdf2)

/** SASL's cryptography by OpenSSL: hashes answer at once, only key derivation goes to a thread. */
export const nodeCrypto: SaslCrypto = {
  digest: (name, message) => hash(NAMES[name], message, 'buffer'),
  hmac: (name, key, message) => createHmac(NAMES[name], key).update(message).digest(),
  pbkdf2: (name, password, salt, iterations) => derive(password, salt, iterations, HASH_LENGTHS[name], NAMES[name]),
}
