import { TOKEN_MECHANISM_NAMES, type TokenMechanismName } from '@parlour/sasl'
import { DEFAULT_TOKEN_TERMS, type TokenTerms } from './device-tokens.ts'
import { DEFAULT_DEVICE_LIMITS, type DeviceLimits } from './devices.ts'

/** What clients may have when they sign in by SASL2 (XEP-0388). */
export interface SignInSettings {
  /** Mechanisms that tokens may be had for (XEP-0484); none: FAST is not offered. Default all. */
  readonly tokenMechanisms: readonly TokenMechanismName[]
  readonly tokens: TokenTerms
  readonly devices: DeviceLimits
  /** A new password voids all tokens of the account. Default true. */
  readonly passwordRevokesTokens: boolean
  /**
   * What tokens that are bound to a channel are derived from: 32 octets from a CSPRNG, kept apart from the storage. With
   * another one than before, devices with such tokens sign in with their passwords again. Without it, one is kept in the
   * storage, and who has all of that can derive them.
   */
  readonly tokenSecret?: Uint8Array | undefined
}

export const DEFAULT_SIGN_IN_SETTINGS: SignInSettings = {
  tokenMechanisms: TOKEN_MECHANISM_NAMES,
  tokens: DEFAULT_TOKEN_TERMS,
  devices: DEFAULT_DEVICE_LIMITS,
  passwordRevokesTokens: true,
}
