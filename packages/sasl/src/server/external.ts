import { decodeText } from '../bytes.ts'
import { isSameIdentity } from './authorization.ts'
import type { ServerContext } from './context.ts'
import { failure, type SaslOutcome } from './outcome.ts'

/** Waits for the authorization identity. */
export interface AwaitingExternal {
  readonly waitsFor: 'external-authzid'
}

/**
 * The message is the authorization identity, perhaps empty (RFC 4422 Appendix A). Empty: the certificate's only
 * identity, else one of those that it proves (XEP-0178 §2).
 */
export function stepExternal(
  _state: AwaitingExternal,
  message: Uint8Array,
  context: ServerContext,
): { readonly output: SaslOutcome } {
  const authorizationId = decodeText(message)
  if (authorizationId === undefined || authorizationId.includes('\0')) {
    return { output: failure('malformed-request', 'not an authorization identity') }
  }
  const { externalIdentities: identities } = context
  const named = identities.filter((identity) => authorizationId === '' || isSameIdentity(identity, authorizationId))
  const [identity] = named
  if (identity === undefined || named.length > 1) {
    return { output: failure('invalid-authzid', `the certificate is not for ${JSON.stringify(authorizationId)}`) }
  }
  const chosen = authorizationId === '' ? {} : { authorizationId }
  return { output: { type: 'success', mechanism: 'EXTERNAL', identity, username: identity, ...chosen } }
}
