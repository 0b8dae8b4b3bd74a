import type { Jid } from '@parlour/jid'
import {
  type AuthenticationRequest,
  type ChannelBindings,
  createTokenServer,
  type SaslCrypto,
  type SaslFailure,
  type TokenMechanismName,
  type TokenServer,
  type TokenSuccess,
} from '@parlour/sasl'
import type { Accounts } from '../accounts.ts'
import type { Host } from '../host.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { ThrottledAttempts } from '../sign-in-throttle.ts'
import type { DeviceToken, DeviceTokens } from './device-tokens.ts'
import type { Devices } from './devices.ts'

/** What checking the tokens of one stream needs. */
export interface TokenSignInParts {
  readonly host: Host
  readonly accounts: Pick<Accounts, 'find'>
  readonly devices: Pick<Devices, 'keyOf'>
  readonly tokens: Pick<DeviceTokens, 'candidates'>
  readonly tokenMechanisms: readonly TokenMechanismName[]
  readonly crypto: SaslCrypto
}

/** What it knows of the connection. */
export interface TokenConnection {
  readonly tls: boolean
  readonly channelBindings: ChannelBindings
  /** The types that are announced. */
  readonly bindings: readonly string[]
}

/** The tokens of one stream (XEP-0484 §3.4): each is good for one device and one mechanism. */
export class TokenSignIn {
  readonly #parts: TokenSignInParts
  readonly #attempts: ThrottledAttempts
  readonly #server: TokenServer<DeviceToken>
  #device = ''

  constructor(parts: TokenSignInParts, connection: TokenConnection, attempts: ThrottledAttempts) {
    this.#parts = parts
    this.#attempts = attempts
    this.#server = createTokenServer<DeviceToken>({
      mechanisms: parts.tokenMechanisms,
      domain: parts.host.domain,
      tls: connection.tls,
      channelBindings: connection.channelBindings,
      offeredChannelBindings: connection.bindings,
      crypto: parts.crypto,
      tokens: {
        lookUp: (username, mechanism) => {
          const account = parts.host.accountJid(username)
          return attempts.lookUp(account.toString(), () => this.#candidates(account, mechanism))
        },
      },
    })
  }

  /** What can be offered on this connection. */
  get mechanisms(): readonly TokenMechanismName[] {
    return this.#server.mechanisms
  }

  /** XEP-0484 §4.1: clients MUST name themselves by an id. */
  authenticate({
    mechanism,
    initialResponse,
    userAgent,
  }: AuthenticationRequest): MaybePromise<TokenSuccess<DeviceToken> | SaslFailure> {
    if (!userAgent?.id) return { type: 'failure', condition: 'malformed-request', text: 'a token needs a user agent' }
    return andThen(this.#parts.devices.keyOf(userAgent.id), (device) => {
      this.#device = device
      const outcome = this.#server.authenticate(mechanism, initialResponse)
      return andThen(outcome, (settled) => this.#attempts.observe(settled))
    })
  }

  #candidates(account: Jid, mechanism: TokenMechanismName): MaybePromise<readonly DeviceToken[]> {
    return andThen(this.#parts.accounts.find(account), (found) => {
      if (!found) return []
      const candidates = this.#parts.tokens.candidates(account, this.#device, mechanism)
      return found.isDisabled ? andThen(candidates, disabled) : candidates
    })
  }
}

const disabled = (candidates: readonly DeviceToken[]): readonly DeviceToken[] =>
  candidates.map((candidate) => ({ ...candidate, refusal: 'account-disabled' }))
