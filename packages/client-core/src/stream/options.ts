import type { Jid } from '@parlour/jid'
import type { SaslClientOptions, UserAgent } from '@parlour/sasl'
import type { Environment } from '@parlour/stream-negotiation'
import type { TlsPolicy } from '@parlour/tls-negotiation'
import type { StreamLimits } from '@parlour/xml-stream'
import type { SessionWish } from '../stream-management/options.ts'
import type { TokenStore } from './token-store.ts'

/** What proves who the client is. Everything but the password is rarely needed; see @parlour/sasl. */
export type Credentials = Pick<
  SaslClientOptions,
  | 'username'
  | 'password'
  | 'authorizationId'
  | 'external'
  | 'anonymous'
  | 'minimumMechanism'
  | 'excluded'
  | 'crypto'
  | 'minimumIterations'
  | 'maximumIterations'
  | 'saltedPasswords'
>

/** The part of `AbortSignal` that is used; every `AbortSignal` fits. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** How to open a stream. */
export interface OpenClientStreamOptions {
  /** The account; a resourcepart is asked for, and the server may give another (RFC 6120 §7.7). A domain alone signs in anonymously. */
  readonly jid: Jid
  readonly credentials: Credentials
  readonly environment: Environment
  /** Default `required`: a server without TLS, or with its offer removed on the way, is an error. */
  readonly tls?: TlsPolicy
  /** Preferred language of the server's texts (RFC 6120 §4.7.4). */
  readonly lang?: string
  /** Milliseconds until the stream must be established. Default 30 000. */
  readonly negotiationTimeout?: number
  /** Milliseconds that {@link OpenedClientStream.close} waits for the server's `</stream>`. Default 5 000. */
  readonly closingTimeout?: number
  /** Whether SASL2 is used where the server offers it (XEP-0388): sign-in, binding and resumption in one go. Default true. */
  readonly sasl2?: boolean
  /** What the server is told of this installation (XEP-0388 §2.3), for the account's owner to see. */
  readonly userAgent?: UserAgent
  /** Where tokens are kept that do for the password (XEP-0484); needs `userAgent.id`. Default: none are asked for. */
  readonly tokens?: TokenStore
  /**
   * Signs in by the token and has the server void it (XEP-0484 §3.6): for signing out. The token leaves the store once the
   * server has answered. Default false.
   */
  readonly invalidateToken?: boolean
  /** A short name of the software, which others may see in the resource that the server makes (XEP-0386 §3.2). */
  readonly resourceTag?: string
  /** The session to go on with; default: another one begins. */
  readonly session?: SessionWish | undefined
  /**
   * Limits of what the server may send once it has signed the client in. Default: `WRITTEN_LIMITS` of @parlour/xml-stream.
   * Until then, its `UNAUTHENTICATED_LIMITS` hold: anybody may have answered on the port.
   */
  readonly limits?: StreamLimits
  /** Gives up, also in the middle of a handshake. */
  readonly signal?: AbortSignalLike
}
