import { equalBytes } from '../bytes.ts'
import type { SaslCrypto } from '../crypto.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { TokenVariant } from './mechanism.ts'
import { signWithToken } from './messages.ts'

/**
 * What a server has of a token. A mechanism that binds to the channel signs other octets on each connection, so that the
 * token itself is needed (`key`, its UTF-8 octets). One that binds to nothing always sends the same proof: its hash and
 * the answer are enough ({@link hashToken}), and nobody who reads them can sign in.
 */
export type StoredToken = { readonly key: Uint8Array } | { readonly proofHash: Uint8Array; readonly answer: Uint8Array }

/** What to store of a token for a mechanism without channel binding, instead of the token. */
export function hashToken(
  key: Uint8Array,
  variant: TokenVariant,
  crypto: SaslCrypto,
): MaybePromise<Extract<StoredToken, { proofHash: Uint8Array }>> {
  if (variant.binding !== undefined) throw new RangeError('what is bound to the channel cannot be verified by a hash')
  return andThen(signWithToken('initiator', key, variant, crypto), (proof) =>
    andThen(crypto.digest(variant.hash, proof), (proofHash) =>
      andThen(signWithToken('responder', key, variant, crypto), (answer) => ({ proofHash, answer })),
    ),
  )
}

/** Whether the proof is of this token; compared in constant time. */
export function matchesProof(
  stored: StoredToken,
  proof: Uint8Array,
  variant: TokenVariant,
  crypto: SaslCrypto,
  binding?: Uint8Array,
): MaybePromise<boolean> {
  if ('key' in stored) {
    return andThen(signWithToken('initiator', stored.key, variant, crypto, binding), (expected) =>
      equalBytes(expected, proof),
    )
  }
  return andThen(crypto.digest(variant.hash, proof), (hash) => equalBytes(hash, stored.proofHash))
}

/** responder-msg. */
export const answerOf = (
  stored: StoredToken,
  variant: TokenVariant,
  crypto: SaslCrypto,
  binding?: Uint8Array,
): MaybePromise<Uint8Array> =>
  'key' in stored ? signWithToken('responder', stored.key, variant, crypto, binding) : stored.answer
