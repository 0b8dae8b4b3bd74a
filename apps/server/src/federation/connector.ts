import { type DnsResolver, type Location, raceAddresses } from '@parlour/resolver-dns'
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

/** Who is told how servers are found and connected to. */
export interface ConnectionWatcher {
  located?(location: Location): void
  notLocated?(error: unknown): void
  resolved?(host: string, addresses: readonly string[]): void
  notResolved?(host: string, error: unknown): void
  attemptFailed?(address: string, error: unknown): void
  connected?(connection: Connection): void
}

/** Milliseconds that one address may take to accept a connection; the other addresses do not wait for it. */
const CONNECT_TIMEOUT = 15_000

/** The way to other servers by DNS and TCP. */
export function createServerConnector(
  { resolver, certificates, authorities }: ConnectorParts,
  watcher: ConnectionWatcher = {},
): ServerConnector {
  return {
    async locate(domain, signal) {
      const location = await toldOf(resolver.locate(domain, 'server', signal), (error) => watcher.notLocated?.(error))
      watcher.located?.(location)
      return location.targets
    },
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
      const watched = (address: string, ended: AbortSignal) =>
        toldOf(attempt(address, ended), (error) => watcher.attemptFailed?.(address, error))
      const discard = (connection: Connection) => connection.destroy()
      const addresses = await toldOf(resolver.addresses(host, signal), (error) => watcher.notResolved?.(host, error))
      watcher.resolved?.(host, addresses)
      const connection = await raceAddresses(addresses, watched, { signal, discard })
      watcher.connected?.(connection)
      return connection
    },
  }
}

/** The same promise; somebody is told of its failure. */
async function toldOf<Value>(work: Promise<Value>, failed: ((error: unknown) => void) | undefined): Promise<Value> {
  try {
    return await work
  } catch (error) {
    failed?.(error)
    throw error
  }
}
