import { encodeText } from '../bytes.ts'
import { HASH_LENGTHS, type HashName } from '../crypto.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { ServerContext } from './context.ts'
import type { StoredCredentials } from './options.ts'

const SALT_LENGTH = 16

/** Credentials as used, and whether there is a user behind them. */
export interface UsedCredentials {
  readonly credentials: StoredCredentials
  readonly known: boolean
}

/**
 * The user's credentials or, in the same flow and at the same cost, some that look like a user's, so that nobody
 * learns which users there are (RFC 6120 §13.11): the salt is HMAC(server secret, user name).
 */
export function lookUpOrImitate(
  username: string | undefined,
  hash: HashName,
  context: ServerContext,
  acceptAnyHash = false,
): MaybePromise<UsedCredentials> {
  const seed = encodeText(`${hash} ${username ?? ''}`)
  return andThen(context.crypto.hmac('SHA-256', context.secret, seed), (digest) => {
    const imitation = imitate(hash, digest.slice(0, SALT_LENGTH), context.iterations)
    if (username === undefined) return { credentials: imitation, known: false }
    return andThen(context.credentials.lookUp(username, hash), (found) =>
      found && (acceptAnyHash || found.hash === hash)
        ? { credentials: found, known: true }
        : { credentials: imitation, known: false },
    )
  })
}

function imitate(hash: HashName, salt: Uint8Array, iterations: number): StoredCredentials {
  const key = new Uint8Array(HASH_LENGTHS[hash])
  return { hash, salt, iterations, storedKey: key, serverKey: key }
}
