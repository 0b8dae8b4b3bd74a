import { encodeText, equalBytes } from '../bytes.ts'
import type { SaslCrypto } from '../crypto.ts'
import { andThen, type MaybePromise, rescue } from '../maybe-promise.ts'
import type { ChannelBindings } from '../mechanism.ts'
import { SaslError } from '../sasl-error.ts'
import { webCrypto } from '../web-crypto.ts'
import { TOKEN_VARIANTS, type TokenMechanismName } from './mechanism.ts'
import { signWithToken, writeInitiatorMessage } from './messages.ts'

/** What a client needs to sign in by a token. */
export interface TokenClientOptions {
  /** The one that the token was made for: it works with no other (XEP-0484 §3.4). */
  readonly mechanism: TokenMechanismName
  /** The localpart of the account. */
  readonly username: string
  readonly token: string
  readonly channelBindings?: ChannelBindings
  /** Default `webCrypto`. */
  readonly crypto?: SaslCrypto
}

/** What a client makes of the server's success. */
export type TokenResult =
  | { readonly type: 'success'; readonly mechanism: TokenMechanismName; readonly binding: string | undefined }
  | { readonly type: 'failure'; readonly error: SaslError }

/** The client half of one exchange: a message, and the check of the answer. */
export interface TokenClient {
  readonly mechanism: TokenMechanismName
  readonly initialResponse: Uint8Array
  /** Until this answers `success`, the server is not to be trusted: it has not shown that it knows the token. */
  success(data: Uint8Array | undefined): MaybePromise<TokenResult>
}

/**
 * Begins to sign in by a token. A promise when the cryptography port's answers are.
 *
 * @throws {SaslError} `no-acceptable-mechanism` when this connection has no data of the channel that the token is bound
 * to; `crypto` (a rejection, where the port answers by promises).
 */
export function beginTokenClient(options: TokenClientOptions): MaybePromise<TokenClient> {
  const { mechanism, username, channelBindings, crypto = webCrypto } = options
  const variant = TOKEN_VARIANTS[mechanism]
  const binding = variant.binding && channelBindings?.get(variant.binding)
  if (variant.binding && !binding) {
    throw new SaslError('no-acceptable-mechanism', { message: `this connection has no ${variant.binding}` })
  }
  const key = encodeText(options.token)
  const sign = (side: 'initiator' | 'responder') =>
    rescue(
      () => signWithToken(side, key, variant, crypto, binding),
      (cause) => {
        throw new SaslError('crypto', { cause })
      },
    )
  return andThen(sign('initiator'), (proof) => ({
    mechanism,
    initialResponse: writeInitiatorMessage({ username, proof }),
    success: (data) => andThen(sign('responder'), (expected) => judge(mechanism, expected, data)),
  }))
}

/** "The initiating entity MUST verify the responder-msg to achieve mutual authentication." */
function judge(mechanism: TokenMechanismName, expected: Uint8Array, data: Uint8Array | undefined): TokenResult {
  return data && equalBytes(data, expected)
    ? { type: 'success', mechanism, binding: TOKEN_VARIANTS[mechanism].binding }
    : { type: 'failure', error: new SaslError('server-not-authenticated') }
}
