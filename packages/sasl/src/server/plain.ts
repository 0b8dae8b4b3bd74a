import { decodeText } from '../bytes.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import { verifyPlain } from '../scram/credentials.ts'
import { authorizeIdentity } from './authorization.ts'
import type { ServerContext } from './context.ts'
import { failure, type SaslOutcome } from './outcome.ts'
import { lookUpOrImitate, type UsedCredentials } from './unknown-user.ts'

/** Waits for the one message of PLAIN. */
export interface AwaitingPlain {
  readonly waitsFor: 'plain-message'
}

/** message = [authzid] NUL authcid NUL passwd, neither of the latter empty (RFC 4616 §2). */
const MESSAGE = /^([^\0]*)\0([^\0]+)\0([^\0]+)$/

/** Derives the key of the password sent, for users that do not exist too, and compares. */
export function stepPlain(
  _state: AwaitingPlain,
  message: Uint8Array,
  context: ServerContext,
): MaybePromise<{ readonly output: SaslOutcome }> {
  const match = MESSAGE.exec(decodeText(message) ?? '')
  if (!match) return { output: failure('malformed-request', 'not a PLAIN message') }
  const [, authorizationId, authenticationId, sent] = match as unknown as [string, string, string, string]
  const username = context.prepareUsername(authenticationId)
  const password = context.preparePassword(sent)
  return andThen(lookUpOrImitate(username, context.plainHash, context, true), (used) =>
    andThen(verifyPlain(password ?? sent, used.credentials, context.crypto), (right) =>
      andThen(
        right && used.known && username !== undefined && password !== undefined
          ? succeed(username, authorizationId, used, context)
          : failure('not-authorized', 'wrong user name or password'),
        (output) => ({ output }),
      ),
    ),
  )
}

function succeed(
  username: string,
  authorizationId: string,
  used: UsedCredentials,
  context: ServerContext,
): MaybePromise<SaslOutcome> {
  const { refusal } = used.credentials
  if (refusal) return failure(refusal.condition, undefined, refusal.text)
  const identity = `${username}@${context.domain}`
  return authorizeIdentity({ mechanism: 'PLAIN', identity, username, authorizationId }, context)
}
