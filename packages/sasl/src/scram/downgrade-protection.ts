import { encodeBase64 } from '../base64.ts'
import { encodeText } from '../bytes.ts'
import type { HashName, SaslCrypto } from '../crypto.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'

/** What a server has offered on a stream, as it sent it or as it was read. */
export interface SaslOffer {
  readonly mechanisms: readonly string[]
  /** The types in `<sasl-channel-binding/>` (XEP-0440); `undefined` without that element. */
  readonly channelBindings: readonly string[] | undefined
}

/** The SCRAM attributes that protect the offer (XEP-0474 §6) and the version of TLS (XEP-0515 §4). */
export const OFFER_HASH_ATTRIBUTE = 'h'
export const TLS_VERSION_ATTRIBUTE = 't'

/** "i;octet": code units and octets order alike, for the names are ASCII. */
const joined = (names: readonly string[]): string => names.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join('\x1e')

/** What is hashed of an offer (XEP-0474 §6.1, steps 1 to 4). */
export const offerText = ({ mechanisms, channelBindings }: SaslOffer): string =>
  channelBindings === undefined ? joined(mechanisms) : `${joined(mechanisms)}\x1f${joined(channelBindings)}`

/** The value of `h`: base 64 of the hash, by the same hash as SCRAM uses. */
export const hashOffer = (offer: SaslOffer, hash: HashName, crypto: SaslCrypto): MaybePromise<string> =>
  andThen(crypto.digest(hash, encodeText(offerText(offer))), encodeBase64)

const TLS_VERSIONS: Readonly<Record<string, string>> = {
  TLSv1: '0301',
  'TLSv1.1': '0302',
  'TLSv1.2': '0303',
  'TLSv1.3': '0304',
}

/** The value of `t` for a version in the words of OpenSSL, such as `TLSv1.3`; `undefined` for others. */
export const tlsVersionAttribute = (protocol: string): string | undefined => TLS_VERSIONS[protocol]
