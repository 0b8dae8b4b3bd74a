import type { Kernel } from '@parlour/server-core'
import type { Listener } from '@parlour/transport'
import type { ServerStatus } from './administration/target.ts'
import type { Configuration } from './configuration/schema.ts'
import type { ServerListeners } from './federation/listen.ts'
import { federationStatus } from './federation/status.ts'
import type { ClientListeners } from './listen-for-clients.ts'
import type { ServedComponents } from './listen-for-components.ts'
import { VERSION } from './version.ts'

/** What a server's status is made of. */
export interface StatusParts {
  readonly configuration: Configuration
  readonly kernel: Kernel
  readonly listeners: ClientListeners
  readonly servers: ServerListeners | undefined
  readonly components: ServedComponents | undefined
  readonly monitoring: { readonly host: string; readonly port: number } | undefined
}

/** What `parlour status` shows, from now on. */
export function statusOf({
  configuration,
  kernel,
  listeners,
  servers,
  components,
  monitoring,
}: StatusParts): () => ServerStatus {
  const startedAt = performance.now()
  return () => ({
    version: VERSION,
    process: process.pid,
    uptime: Math.round((performance.now() - startedAt) / 1000),
    domains: configuration.domains,
    listening: [
      ...listeningOf(listeners),
      ...serversOf(servers),
      ...componentsOf(components),
      ...monitoringOf(monitoring),
    ],
    sessions: kernel.directory.size,
    accountsOnline: kernel.directory.accounts,
    streamManagement: kernel.streamManagement.counts,
    memoryBytes: process.memoryUsage.rss(),
    counters: { ...kernel.counters },
    federation: kernel.federation && federationStatus(kernel.federation),
  })
}

/** Each open port, with what it is for. */
export function listeningOf({ starttls, directTls }: ClientListeners): ServerStatus['listening'] {
  return [
    ...(starttls ? [{ kind: 'STARTTLS', address: starttls.address.host, port: starttls.address.port }] : []),
    ...(directTls ? [{ kind: 'direct TLS', address: directTls.address.host, port: directTls.address.port }] : []),
  ]
}

const serversOf = ({ starttls, directTls }: ServerListeners = {}): ServerStatus['listening'] => [
  ...(starttls ? [{ kind: 'servers, STARTTLS', ...addressOf(starttls) }] : []),
  ...(directTls ? [{ kind: 'servers, direct TLS', ...addressOf(directTls) }] : []),
]

/** The port for external components, if there is one. */
export const componentsOf = (components: ServedComponents | undefined): ServerStatus['listening'] =>
  components?.listener ? [{ kind: 'components', ...addressOf(components.listener) }] : []

const addressOf = ({ address: { host, port } }: Listener) => ({ address: host, port })

const monitoringOf = (address: StatusParts['monitoring']): ServerStatus['listening'] =>
  address ? [{ kind: 'monitoring', address: address.host, port: address.port }] : []
