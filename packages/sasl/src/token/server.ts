import type { SaslCrypto } from '../crypto.ts'
import { andThen, type MaybePromise, rescue } from '../maybe-promise.ts'
import type { ChannelBindings } from '../mechanism.ts'
import { prepareUsername as defaultPrepareUsername } from '../preparation.ts'
import { backEndFailure, failure, type SaslFailure, type SaslSuccess } from '../server/outcome.ts'
import { webCrypto } from '../web-crypto.ts'
import { isTokenMechanismName, TOKEN_MECHANISM_NAMES, TOKEN_VARIANTS, type TokenMechanismName } from './mechanism.ts'
import { type InitiatorMessage, parseInitiatorMessage } from './messages.ts'
import { answerOf, matchesProof, type StoredToken } from './stored-token.ts'

/** A token that may be the one that was used. */
export interface TokenCandidate {
  readonly stored: StoredToken
  /** Why it may not be used although it is the right one; told only to who has it. */
  readonly refusal?: 'credentials-expired' | 'account-disabled' | undefined
}

/** Where a server's tokens are. A port: the caller implements it over its storage. */
export interface TokensPort<Token extends TokenCandidate> {
  /**
   * The tokens that a user's client has for exactly this mechanism, the newest first; none for unknown users.
   * `username` is prepared. To throw or reject means that the back end is down: `temporary-auth-failure`.
   */
  lookUp(username: string, mechanism: TokenMechanismName): MaybePromise<readonly Token[]>
}

/** All that is needed to check tokens on one connection. */
export interface TokenServerOptions<Token extends TokenCandidate> {
  /** Allowed by policy; what is offered follows from this and from the connection. */
  readonly mechanisms: readonly TokenMechanismName[]
  /** Identities are `username@domain`. */
  readonly domain: string
  /** Without TLS no token is taken (XEP-0484 §6). */
  readonly tls: boolean
  readonly channelBindings?: ChannelBindings
  /** Types that can be offered; default: those that `channelBindings` has. */
  readonly offeredChannelBindings?: readonly string[]
  readonly tokens: TokensPort<Token>
  readonly crypto?: SaslCrypto
  readonly prepareUsername?: (username: string) => string
}

/** The client has proven that it has a token. */
export interface TokenSuccess<Token extends TokenCandidate> extends Omit<SaslSuccess, 'mechanism'> {
  readonly mechanism: TokenMechanismName
  /** The one that it was. */
  readonly token: Token
}

/** Checks tokens: one message, one answer. */
export interface TokenServer<Token extends TokenCandidate> {
  /** What to offer; empty without TLS. */
  readonly mechanisms: readonly TokenMechanismName[]
  authenticate(
    mechanism: string,
    initialResponse: Uint8Array | undefined,
  ): MaybePromise<TokenSuccess<Token> | SaslFailure>
}

/** An unknown user costs as much as a client with two tokens, neither of which is the right one. */
const CHECKS = 2
const NOBODY = new Uint8Array(32).fill(1)

/** Makes the server half of the HT mechanisms for one connection. */
export function createTokenServer<Token extends TokenCandidate>(
  options: TokenServerOptions<Token>,
): TokenServer<Token> {
  const { channelBindings } = options
  const isBound = (binding: string) =>
    options.offeredChannelBindings?.includes(binding) ?? channelBindings?.get(binding as never) !== undefined
  const isUsable = (name: TokenMechanismName): boolean => {
    const { binding } = TOKEN_VARIANTS[name]
    return options.tls && options.mechanisms.includes(name) && (binding === undefined || isBound(binding))
  }
  return new Server(TOKEN_MECHANISM_NAMES.filter(isUsable), options)
}

class Server<Token extends TokenCandidate> implements TokenServer<Token> {
  readonly mechanisms: readonly TokenMechanismName[]
  readonly #options: TokenServerOptions<Token>
  readonly #crypto: SaslCrypto

  constructor(mechanisms: readonly TokenMechanismName[], options: TokenServerOptions<Token>) {
    this.mechanisms = mechanisms
    this.#options = options
    this.#crypto = options.crypto ?? webCrypto
  }

  authenticate(
    mechanism: string,
    initialResponse: Uint8Array | undefined,
  ): MaybePromise<TokenSuccess<Token> | SaslFailure> {
    if (!isTokenMechanismName(mechanism) || !this.mechanisms.includes(mechanism)) return failure('invalid-mechanism')
    const message = initialResponse && parseInitiatorMessage(initialResponse)
    if (!message) return failure('malformed-request', 'not a message of a hashed token')
    return rescue<TokenSuccess<Token> | SaslFailure>(() => this.#check(mechanism, message), backEndFailure)
  }

  #check(mechanism: TokenMechanismName, message: InitiatorMessage): MaybePromise<TokenSuccess<Token> | SaslFailure> {
    const { binding } = TOKEN_VARIANTS[mechanism]
    const octets = binding && this.#options.channelBindings?.get(binding)
    if (binding && !octets) return failure('invalid-mechanism', `this connection has no ${binding}`)
    const username = this.#prepare(message.username)
    const found = username === undefined ? [] : this.#options.tokens.lookUp(username, mechanism)
    const attempt = { mechanism, proof: message.proof, binding: octets }
    return andThen(found, (tokens) =>
      andThen(this.#match(tokens, attempt), (token) =>
        token && username !== undefined
          ? this.#succeed(username, token, attempt)
          : failure('not-authorized', 'unknown token'),
      ),
    )
  }

  #prepare(username: string): string | undefined {
    try {
      return (this.#options.prepareUsername ?? defaultPrepareUsername)(username) || undefined
    } catch {
      return undefined
    }
  }

  #match(tokens: readonly Token[], attempt: Attempt, at = 0): MaybePromise<Token | undefined> {
    const token = tokens[at]
    if (!token && at >= CHECKS) return undefined
    const { proof, binding, mechanism } = attempt
    const stored = token?.stored ?? { key: NOBODY }
    return andThen(matchesProof(stored, proof, TOKEN_VARIANTS[mechanism], this.#crypto, binding), (right) =>
      right && token ? token : this.#match(tokens, attempt, at + 1),
    )
  }

  #succeed(username: string, token: Token, attempt: Attempt): MaybePromise<TokenSuccess<Token> | SaslFailure> {
    if (token.refusal) return failure(token.refusal)
    const { mechanism, binding } = attempt
    return andThen(answerOf(token.stored, TOKEN_VARIANTS[mechanism], this.#crypto, binding), (data) => {
      const identity = `${username}@${this.#options.domain}`
      return { type: 'success', mechanism, identity, username, data, token }
    })
  }
}

interface Attempt {
  readonly mechanism: TokenMechanismName
  readonly proof: Uint8Array
  readonly binding: Uint8Array | undefined
}
