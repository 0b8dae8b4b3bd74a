import { isJid, parseJid } from '@parlour/jid'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { MechanismName } from '../mechanism.ts'
import type { ServerContext } from './context.ts'
import { failure, type SaslFailure, type SaslSuccess } from './outcome.ts'

/** Who has authenticated and what else the success says. */
export interface Authenticated {
  readonly mechanism: MechanismName
  readonly identity: string
  readonly username: string
  /** As the client sent it; an empty string is equivalent to none (RFC 6120 §6.6). */
  readonly authorizationId: string | undefined
  readonly data?: Uint8Array
}

/** The last check of every mechanism: any authorization identity that may not be assumed is refused (§6.3.8, §6.5.6). */
export function authorizeIdentity(
  authenticated: Authenticated,
  context: ServerContext,
): MaybePromise<SaslSuccess | SaslFailure> {
  const { authorizationId, ...rest } = authenticated
  if (!authorizationId) return { type: 'success', ...rest }
  return andThen(context.authorize(rest.identity, authorizationId), (allowed) =>
    allowed
      ? { type: 'success', ...rest, authorizationId }
      : failure('invalid-authzid', `${rest.identity} may not act as ${authorizationId}`),
  )
}

/** Whether an authorization identity names the identity itself, compared as addresses (RFC 7622 §3). */
export const isSameIdentity = (identity: string, authorizationId: string): boolean =>
  isJid(authorizationId) && parseJid(authorizationId).toString() === identity
