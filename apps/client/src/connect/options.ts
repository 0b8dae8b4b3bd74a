import type { ClientOptions, Credentials, TokenStore } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import type { UserAgent } from '@parlour/sasl'
import type { StreamLimits } from '@parlour/xml-stream'
import type { ServiceResolver } from './service.ts'

/** Who signs in where. */
export interface ConnectOptions extends Pick<ClientOptions, 'reconnection' | 'keepalive' | 'streamManagement'> {
  /** The account, such as `juliet@example.org`; with a resource, that one is asked for. A domain alone: anonymously. */
  readonly jid: Jid | string
  readonly password?: string
  /** Other ways to sign in, and bounds on what is accepted of the server. */
  readonly credentials?: Credentials
  /** What servers are told of this installation (XEP-0388 §2.3). Default: an id for this client, and the name Parlour. */
  readonly userAgent?: UserAgent
  /** Where tokens are kept that do for the password (XEP-0484). Default: in memory, for reconnections. */
  readonly tokens?: TokenStore
  /** A short name of the software for the resource that the server makes (XEP-0386 §3.2). Default `parlour`. */
  readonly resourceTag?: string
  /** Gives up connecting; afterwards it closes the client. */
  readonly signal?: AbortSignal
  /** `xmpp://host:port`, `xmpps://host:port` (direct TLS) or `host:port`; without it the domain's SRV records are asked. */
  readonly service?: string
  /** PEM certificates of authorities to trust beside the platform's, such as a server's development authority. */
  readonly ca?: string | readonly string[]
  /** Preferred language of the server's texts. */
  readonly lang?: string
  /** Milliseconds for connecting to one address. Default 10 000. */
  readonly connectTimeout?: number
  /** Milliseconds from being connected to being signed in. Default 30 000. */
  readonly negotiationTimeout?: number
  /** Limits of what the server may send once signed in. Default: `WRITTEN_LIMITS` of @parlour/xml-stream. */
  readonly limits?: StreamLimits
  /** Finds the servers of the domain and their addresses; default: the machine's name servers. */
  readonly resolver?: ServiceResolver
}
