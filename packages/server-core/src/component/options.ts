import { DEFAULT_LIMITS, UNAUTHENTICATED_LIMITS } from '@parlour/xml-stream'
import type { AcceptedStreamOptions } from '../stream/accepted-stream.ts'

/** How the server treats the connections of components. */
export interface ComponentStreamOptions extends AcceptedStreamOptions {
  /** Language of this server's texts (RFC 6120 §4.7.4). Default `en`. */
  readonly lang: string
  /** Milliseconds from accepting to the accepted handshake, whatever arrives. Default 30 000. */
  readonly negotiationTimeout: number
}

/** The defaults of every option: a component speaks for many, so more passes than for a client. */
export const DEFAULT_COMPONENT_STREAM_OPTIONS: ComponentStreamOptions = {
  lang: 'en',
  negotiationTimeout: 30_000,
  limitsBeforeAuthentication: UNAUTHENTICATED_LIMITS,
  limits: DEFAULT_LIMITS,
  closingTimeout: 5_000,
  maxOutboundBytes: 16 * 1024 * 1024,
  inboundBytesPerSecond: 16 * 1024 * 1024,
  inboundBurstBytes: 16 * 1024 * 1024,
}

/** An external component that may connect. */
export interface ComponentSettings {
  /** The domain that it serves; none of the server's own. */
  readonly domain: string
  /** Shared with the component. Never logged. */
  readonly secret: string
  /**
   * What becomes of a second connection for the same domain: `refuse` (default) ends it with `conflict`, `replace` ends
   * the older one so.
   */
  readonly conflict?: 'refuse' | 'replace'
  /**
   * The host that lists the component in its service discovery items while it is connected (XEP-0030 §4.1); `false`:
   * none. Default: the parent domain, if it is one of the server's.
   */
  readonly listedBy?: string | false
  /** What it is called in that list. */
  readonly name?: string
}
