import type { ClientOptions } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import type { StreamLimits } from '@parlour/xml-stream'

/** Which component connects, and where. */
export interface ComponentOptions extends Pick<ClientOptions, 'reconnection' | 'keepalive'> {
  /** The domain that it serves, as the server is configured, such as `irc.example.org`. */
  readonly domain: Jid | string
  /** Shared with the server. It is not sent: what is sent proves that it is known. */
  readonly secret: string
  /** Name or address of the server's machine. Default `127.0.0.1`. */
  readonly host?: string
  /** The server's port for components. Default 5347. */
  readonly port?: number
  /**
   * TLS from the first byte, where the server offers it. Default false: then everything that the component sends and
   * receives can be read and changed on the way, so use it on the server's own machine only.
   */
  readonly tls?: boolean
  /** What the server's certificate has to be for. Default: `host`. */
  readonly servername?: string
  /** PEM certificates of authorities to trust beside the platform's. */
  readonly ca?: string | readonly string[]
  /** Closes the component. */
  readonly signal?: AbortSignal
  /** Milliseconds for connecting. Default 10 000. */
  readonly connectTimeout?: number
  /** Milliseconds from being connected to the accepted handshake. Default 30 000. */
  readonly negotiationTimeout?: number
  /** Limits of what the server may send. Default: `WRITTEN_LIMITS` of @parlour/xml-stream. */
  readonly limits?: StreamLimits
}

/** The port that servers take for components unless told otherwise. */
export const DEFAULT_COMPONENT_PORT = 5347
