import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DnsResolver, type StaticHosts } from '@parlour/resolver-dns'
import type { FederationOptions, ServerConnector } from '@parlour/server-core'
import { certificateNames } from '@parlour/tls-negotiation'
import type { CertificateStore } from '@parlour/transport-tcp'
import { DEFAULT_LIMITS } from '@parlour/xml-stream'
import { ConfigurationError } from '../configuration/fault.ts'
import type { Configuration } from '../configuration/schema.ts'
import { systemEnvironment } from '../environment.ts'
import { type ConnectionWatcher, createServerConnector } from './connector.ts'

/** A server has more time than a client to negotiate: dialback waits for a third server. */
const SERVERS_PATIENCE = 2

/** What federation of a server is made of. */
export interface FederationSetUp {
  readonly options: FederationOptions
  /** Asked for other domains' servers, also by commands that explain. */
  readonly resolver: DnsResolver
  /** The way to other servers, watched. */
  watchedConnector(watcher: ConnectionWatcher): ServerConnector
  /** Authorities that are trusted beside the platform's, in PEM. */
  readonly authorities: readonly string[]
}

/**
 * How servers of other domains are spoken to; `undefined`: not at all.
 * @throws ConfigurationError for authorities or name servers that are of no use
 */
export function setUpFederation(
  configuration: Configuration,
  certificates: CertificateStore,
): FederationSetUp | undefined {
  if (!isFederated(configuration)) return undefined
  const { federation, limits } = configuration
  const resolver = createResolver(configuration)
  const authorities = federation.authorities.map(readAuthority)
  const parts = { resolver, certificates, authorities }
  const options: FederationOptions = {
    connector: createServerConnector(parts),
    certificateNames,
    policy: federation,
    bidirectional: federation.bidirectional,
    limits: {
      negotiationTimeout: limits.negotiationSeconds * SERVERS_PATIENCE * 1000,
      limits: { ...DEFAULT_LIMITS, maxStanzaBytes: limits.maxStanzaBytes },
      maxQueuedBytes: federation.maxQueuedBytes,
      maxQueuedTime: federation.maxQueuedSeconds * 1000,
      stallTimeout: federation.silentSeconds * 1000,
      pingTimeout: (federation.silentSeconds * 1000) / 2,
      idleTimeout: federation.idleSeconds * 1000,
    },
  }
  const watchedConnector = (watcher: ConnectionWatcher) => createServerConnector(parts, watcher)
  return { options, resolver, authorities, watchedConnector }
}

/** Without a setting: where others could reach the domains, and something is kept. */
export function isFederated({ federation, storage, domains }: Configuration): boolean {
  return federation.enabled ?? (storage !== 'memory' && domains.some((domain) => domain !== 'localhost'))
}

/** What the schema cannot see. @throws ConfigurationError for authorities or name servers that are of no use */
export function checkFederation(configuration: Configuration): void {
  createResolver(configuration)
  configuration.federation.authorities.forEach(readAuthority)
}

/** Asks the configured name servers, or knows without asking. @throws ConfigurationError */
export function createResolver({ federation: { hosts, nameServers } }: Configuration): DnsResolver {
  try {
    return new DnsResolver({
      environment: systemEnvironment,
      staticHosts: staticHostsOf(hosts),
      ...(nameServers && { nameServers }),
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigurationError([{ path: 'federation.nameServers', reason, example: '192.0.2.53' }], { cause })
  }
}

function staticHostsOf(hosts: Configuration['federation']['hosts']): StaticHosts {
  const entries = Object.entries(hosts).map(([domain, targets]) => {
    const server = targets.map(({ host, port, tls }) => ({
      ...{ host, port },
      security: tls === 'direct' ? ('direct-tls' as const) : ('starttls' as const),
    }))
    return [domain, { server }] as const
  })
  return Object.fromEntries(entries)
}

function readAuthority(file: string, index: number): string {
  try {
    const pem = readFileSync(file, 'utf8')
    new X509Certificate(pem)
    return pem
  } catch (cause) {
    const path = `federation.authorities.${index}`
    const reason = `names a file that is of no use: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new ConfigurationError([{ path, reason }], { cause })
  }
}
