import { toAsciiDomain } from './ascii-domain.ts'
import { isIpAddress } from './ip-address.ts'

/** ALPN protocol names of direct TLS (XEP-0368 §3): for client-to-server and for server-to-server connections. */
export const ALPN_PROTOCOLS = { client: 'xmpp-client', server: 'xmpp-server' } as const

/** What a connecting side puts into its TLS ClientHello, and checks afterwards. */
export interface ClientHello {
  /** Server name indication: the domain of the address, never the SRV target; left out for IP addresses (RFC 6066 §3). */
  readonly servername?: string
  /** ALPN names; only sent with direct TLS. */
  readonly alpnProtocols?: readonly string[]
  /** The domain that the certificate must name (RFC 6120 §13.7.2.1). */
  readonly referenceDomain: string
}

/**
 * What to say in the ClientHello of a connection to `domain` (XEP-0368 §3, RFC 6120 §13.7.2.1).
 *
 * @param domain the domainpart that the stream header's `to` will carry
 * @param kind `direct` for TLS from the first byte, `starttls` inside a stream
 * @param role `client` for client-to-server, `server` for server-to-server streams
 */
export function clientHello(domain: string, kind: 'direct' | 'starttls', role: 'client' | 'server'): ClientHello {
  return {
    referenceDomain: domain,
    ...(isIpAddress(domain) ? {} : { servername: toAsciiDomain(domain) }),
    ...(kind === 'direct' ? { alpnProtocols: [ALPN_PROTOCOLS[role]] } : {}),
  }
}

/**
 * Whether an accepting side goes on with the ALPN name that a direct TLS handshake settled on. No name is accepted
 * (XEP-0368 §3: ALPN is optional for the peer); a name of another protocol is not.
 */
export function acceptsAlpn(alpn: string | undefined, role: 'client' | 'server'): boolean {
  return alpn === undefined || alpn === '' || alpn === ALPN_PROTOCOLS[role]
}
