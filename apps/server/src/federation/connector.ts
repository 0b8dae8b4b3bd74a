import { type DnsResolver, raceAddresses } from '@parlour/resolver-dns'
import type { ServerConnector } from '@parlour/server-core'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import type { Connection } from '@parlour/transport'
import { type CertificateStore, connectTcp } from '@parlour/transport-tcp'

/** What connections to other servers are made with. */
export interface ConnectorParts {
  readonly resolver: DnsResolver
  /** Ours, one of which is presented. */
  readonly certificates: CertificateStore
  /** Authorities to trust beside the platform's, in PEM. */
  readonly authorities: readonly string[]
}

/** Milliseconds that one address may take to accept a connection; the other addresses do not wait for it. */
const CONNECT_TIMEOUT = 15_000

/** The way to other servers by DNS and TCP. */
export function createServerConnector({ resolver, certificates, authorities }: ConnectorParts): ServerConnector {
  return {
    locate: async (domain, signal) => (await resolver.locate(domain, 'server', signal)).targets,
    async connect({ host, port, security }, { local, remote }, signal) {
      const attempt = (address: string, ended: AbortSignal) =>
        connectTcp({
          ...{ host: address, port, certificates, ca: authorities, signal: ended, verifyLater: true },
          tls: security === 'direct-tls' ? 'direct' : 'starttls',
          alpn: ['xmpp-server'],
          servername: toAsciiDomain(remote).replace(/^\[(.*)\]$/, '$1'),
          presentFor: toAsciiDomain(local),
          connectTimeout: CONNECT_TIMEOUT,
        })
      const discard = (connection: Connection) => connection.destroy()
      return raceAddresses(await resolver.addresses(host, signal), attempt, { signal, discard })
    },
  }
}
