import type { HashName, SaslCrypto } from '../crypto.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { ChannelBindings, MechanismName } from '../mechanism.ts'
import type { ScramCredentials } from '../scram/credentials.ts'

/** What the credentials port answers. */
export interface StoredCredentials extends ScramCredentials {
  /** Why the account may not sign in although the password is right; told only to who knows the password. */
  readonly refusal?: { readonly condition: 'account-disabled' | 'credentials-expired'; readonly text?: string }
}

/** Where a server's credentials are. A port: the caller implements it over its storage. */
export interface CredentialsPort {
  /**
   * The credentials of a user for a hash, `undefined` when there are none. `username` is prepared. For PLAIN any hash
   * may be answered. To throw or reject means that the back end is down: `temporary-auth-failure`.
   */
  lookUp(username: string, hash: HashName): MaybePromise<StoredCredentials | undefined>
}

/** All that the server half needs to know about one connection and its domain. */
export interface SaslServerOptions {
  /** Allowed by policy; what is offered follows from this and from the connection. */
  readonly mechanisms: readonly MechanismName[]
  /** The domain that the client is signing in to, prepared (RFC 7622 §3.2); identities are `username@domain`. */
  readonly domain: string
  /** Whether the stream is encrypted: PLAIN is refused unless it is. */
  readonly tls: boolean
  /**
   * Data of the TLS channel; without any, no -PLUS mechanism is offered. `get` is called only for the type that a
   * client has chosen, so it may compute what it answers.
   */
  readonly channelBindings?: Pick<ChannelBindings, 'size' | 'get'>
  /**
   * Types that `<sasl-channel-binding/>` announces (XEP-0440). With `mechanisms` they are what SCRAM signs against
   * downgrades (XEP-0474 §6.1); `undefined`: that element is not sent.
   */
  readonly announcedChannelBindings?: readonly string[] | undefined
  /**
   * Sign the offer (XEP-0474): then exactly `mechanisms` of the server that is made, and `announcedChannelBindings`, have
   * to be what the client reads. Default false.
   */
  readonly downgradeProtection?: boolean
  /** The version of TLS in the words of OpenSSL, such as `TLSv1.3`: signed too (XEP-0515). */
  readonly tlsVersion?: string | undefined
  /** For SCRAM and PLAIN, which are not offered without it. */
  readonly credentials?: CredentialsPort
  /**
   * At least 16 random octets, the same for the life of the user database: salts for users that do not exist are
   * made from it, so that these cannot be told from users that do (RFC 6120 §13.11).
   */
  readonly secret: Uint8Array
  /** Cryptographically strong. */
  readonly randomBytes: (length: number) => Uint8Array
  /** Default `webCrypto`, whose answers are promises. */
  readonly crypto?: SaslCrypto
  /** The iteration count that the server's new accounts get, hence also unknown users'. Default 4096. */
  readonly iterations?: number
  /** The hash by which PLAIN looks credentials up. Default SHA-256. */
  readonly plainHash?: HashName
  /**
   * Identities that the client's certificate proves, acceptable by policy: bare JIDs or, between servers, domains.
   * EXTERNAL is offered only when there are some (RFC 6120 §6.3.4).
   */
  readonly externalIdentities?: readonly string[]
  /** Throws for names that no user can have. Default: UsernameCaseMapped (RFC 8265 §3.3). */
  readonly prepareUsername?: (username: string) => string
  /** Throws for passwords that no user can have. Default: OpaqueString (RFC 8265 §4.2). */
  readonly preparePassword?: (password: string) => string
  /** Whether `identity` may act as `authorizationId`. Default: only as itself (RFC 6120 §6.3.8). */
  readonly authorize?: (identity: string, authorizationId: string) => MaybePromise<boolean>
}
