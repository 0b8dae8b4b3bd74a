import type { SaslCrypto, SaslServer, TokenMechanismName } from '@parlour/sasl'
import type { Accounts } from '../accounts.ts'
import type { Host } from '../host.ts'
import type { ThrottledAttempts } from '../sign-in-throttle.ts'
import type { SignIn } from '../stream/sign-in.ts'
import type { ActivationParts } from './activation.ts'
import { ClientSignIn, type ClientSignInParts } from './client-sign-in.ts'
import { DEFAULT_TOKEN_TERMS, DeviceTokens, type TokenTerms } from './device-tokens.ts'
import type { Devices } from './devices.ts'
import { type TokenConnection, TokenSignIn } from './token-sign-in.ts'

/** How clients of a host sign in by SASL2. */
export interface SignInOptions extends Pick<ActivationParts, 'bind' | 'sessions' | 'replace' | 'management'> {
  readonly devices: Devices
  /** Mechanisms that tokens may be had for; none: FAST is not offered. */
  readonly tokenMechanisms: readonly TokenMechanismName[]
  readonly tokenTerms?: TokenTerms | undefined
  /** Of the host: what tokens and resources are derived from. */
  readonly tokenSecret: Uint8Array
  readonly crypto: SaslCrypto
  readonly iterations: number
  readonly randomBytes: (length: number) => Uint8Array
  readonly now: () => number
}

/** Makes, for each stream, how its client signs in. */
export class SignIns {
  readonly #parts: ClientSignInParts & { readonly tokenMechanisms: readonly TokenMechanismName[] }

  constructor(host: Host, accounts: Accounts, options: SignInOptions) {
    const { tokenSecret: secret, tokenTerms: terms = DEFAULT_TOKEN_TERMS } = options
    const tokens = new DeviceTokens({ ...options, secret, terms })
    this.#parts = { ...options, host, accounts, tokens, secret }
  }

  create(server: SaslServer, connection: TokenConnection, attempts: ThrottledAttempts): SignIn {
    return new ClientSignIn(this.#parts, server, new TokenSignIn(this.#parts, connection, attempts))
  }
}
