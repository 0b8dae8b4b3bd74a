import { encodeText } from '../bytes.ts'
import type { HashName, SaslCrypto } from '../crypto.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'

const CLIENT_KEY = encodeText('Client Key')
const SERVER_KEY = encodeText('Server Key')

/** ClientKey := HMAC(SaltedPassword, "Client Key") (RFC 5802 §3). */
export const clientKeyOf = (crypto: SaslCrypto, hash: HashName, saltedPassword: Uint8Array): MaybePromise<Uint8Array> =>
  crypto.hmac(hash, saltedPassword, CLIENT_KEY)

/** ServerKey := HMAC(SaltedPassword, "Server Key"). */
export const serverKeyOf = (crypto: SaslCrypto, hash: HashName, saltedPassword: Uint8Array): MaybePromise<Uint8Array> =>
  crypto.hmac(hash, saltedPassword, SERVER_KEY)

/** StoredKey := H(ClientKey). */
export const storedKeyOf = (crypto: SaslCrypto, hash: HashName, saltedPassword: Uint8Array): MaybePromise<Uint8Array> =>
  andThen(clientKeyOf(crypto, hash, saltedPassword), (key) => crypto.digest(hash, key))

/** AuthMessage, as the octets to sign. */
export const authMessageOf = (clientFirstBare: string, serverFirst: string, withoutProof: string): Uint8Array =>
  encodeText(`${clientFirstBare},${serverFirst},${withoutProof}`)
