import type { SaslCrypto } from '../crypto.ts'
import type { ChannelBindings, MechanismName } from '../mechanism.ts'
import type { SaltedPasswordCache } from './salted-password-cache.ts'

/** All that the client half needs to know about the account, the connection and the server's offer. */
export interface SaslClientOptions {
  /** Names in the server's `<mechanisms/>`; unknown ones are passed over. */
  readonly offered: readonly string[]
  /** The simple user name: the localpart of the account (RFC 6120 §6.3.7). */
  readonly username?: string
  readonly password?: string
  /** Only to act as somebody else (RFC 6120 §6.3.8). */
  readonly authorizationId?: string
  /** Whether the stream is encrypted: PLAIN is never chosen unless it is. */
  readonly tls: boolean
  /** Data of the TLS channel. Absent or empty: this client cannot bind to the channel. */
  readonly channelBindings?: ChannelBindings
  /** Types in the server's `<sasl-channel-binding/>` (XEP-0440); `undefined` when it sent none. */
  readonly offeredChannelBindings?: readonly string[] | undefined
  /** The version of TLS in the words of OpenSSL, such as `TLSv1.3`: compared with what the server signs (XEP-0515). */
  readonly tlsVersion?: string | undefined
  /** A certificate has been presented, so that EXTERNAL may be tried, and is tried first (RFC 6120 §6.3.4). */
  readonly external?: boolean
  /** ANONYMOUS may be used. */
  readonly anonymous?: boolean
  /** Nothing weaker than this is chosen: pins what an earlier sign-in has used. Default: PLAIN. */
  readonly minimumMechanism?: MechanismName
  /** Mechanisms not to choose, such as those that have failed already. */
  readonly excluded?: readonly MechanismName[]
  /** Cryptographically strong. */
  readonly randomBytes: (length: number) => Uint8Array
  /** Default `webCrypto`. */
  readonly crypto?: SaslCrypto
  /** Bounds of the iteration count that a server may ask for. Default 4096. */
  readonly minimumIterations?: number
  /** Default 10,000,000. A server could otherwise keep the client computing. */
  readonly maximumIterations?: number
  /** Kept by the caller, one for each account and password, to make the next sign-in cheap. */
  readonly saltedPasswords?: SaltedPasswordCache
  /** Default: normalization form C. Throws for names that no user can have. */
  readonly prepareUsername?: (username: string) => string
  /** Default: OpaqueString (RFC 8265 §4.2). */
  readonly preparePassword?: (password: string) => string
}
