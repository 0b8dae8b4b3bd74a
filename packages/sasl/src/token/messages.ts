import { concatBytes, decodeText, encodeText } from '../bytes.ts'
import type { SaslCrypto } from '../crypto.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { TokenVariant } from './mechanism.ts'

const INITIATOR = encodeText('Initiator')
const RESPONDER = encodeText('Responder')
const NO_OCTETS = new Uint8Array(0)
/** The draft asks for 255 octets at least. */
const LONGEST_NAME = 1023

/** initiator-msg: who it is, and the proof to know the token. */
export interface InitiatorMessage {
  readonly username: string
  readonly proof: Uint8Array
}

/** initiator-msg = authcid NUL initiator-hashed-token; `undefined` where it is not that. */
export function parseInitiatorMessage(message: Uint8Array): InitiatorMessage | undefined {
  const end = message.indexOf(0)
  if (end < 1 || end > LONGEST_NAME || end === message.length - 1) return undefined
  const username = decodeText(message.subarray(0, end))
  return username === undefined ? undefined : { username, proof: message.subarray(end + 1) }
}

/** initiator-msg, as octets. */
export const writeInitiatorMessage = ({ username, proof }: InitiatorMessage): Uint8Array =>
  concatBytes(encodeText(`${username}\0`), proof)

type Side = 'initiator' | 'responder'

/** HMAC(token, "Initiator" || cb-data), or "Responder" for the answer. */
export function signWithToken(
  side: Side,
  key: Uint8Array,
  { hash }: TokenVariant,
  crypto: SaslCrypto,
  binding: Uint8Array = NO_OCTETS,
): MaybePromise<Uint8Array> {
  const word = side === 'initiator' ? INITIATOR : RESPONDER
  return crypto.hmac(hash, key, binding.length === 0 ? word : concatBytes(word, binding))
}
