import { createHmac, hash, pbkdf2Sync } from 'node:crypto'
import { HASH_LENGTHS, type HashName, type SaslCrypto } from '../src/crypto.ts'

const DIGESTS: Readonly<Record<HashName, string>> = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' }

/** The cryptography port as a server application on Node.js passes it, with every answer at once. */
export const nodeCrypto: SaslCrypto = {
  digest: (name, message) => hash(DIGESTS[name], message, 'buffer'),
  hmac: (name, key, message) => createHmac(DIGESTS[name], key).update(message).digest(),
  pbkdf2: (name, password, salt, iterations) =>
    pbkdf2Sync(password, salt, iterations, HASH_LENGTHS[name], DIGESTS[name]),
}
