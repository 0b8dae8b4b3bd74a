import { parseJid } from '@parlour/jid'
import { type AnyServerModule, type Kernel, type Logger, silentLogger } from '@parlour/server-core'
import type { Storage } from '@parlour/storage'
import { listenForCommands } from './administration/listen.ts'
import type { ServerStatus } from './administration/target.ts'
import { type CertificateSource, createCertificateSource } from './certificates/source.ts'
import { readConfiguration } from './configuration/read.ts'
import type { Configuration, ConfigurationInput } from './configuration/schema.ts'
import { systemEnvironment } from './environment.ts'
import { listenForServers, type ServerListeners } from './federation/listen.ts'
import { setUpFederation } from './federation/options.ts'
import { type ClientListeners, listenForClients } from './listen-for-clients.ts'
import { listenForComponents, type ServedComponents } from './listen-for-components.ts'
import { builtInModules } from './modules.ts'
import { listenForMonitoring, type Monitoring } from './monitoring/listen.ts'
import { openKernel, openStorage } from './open-kernel.ts'
import { loadPlugins } from './plugins/load.ts'
import { checkSections } from './plugins/sections.ts'
import { statusOf } from './status.ts'
import { watchStorage } from './storage-health/watch.ts'

/** The configuration of {@link createServer}; `domain` is short for a single one of `domains`. */
export type ServerOptions = ConfigurationInput & {
  readonly domain?: string
  readonly logger?: Logger
  /** Plug-ins, besides those that `plugins` names. */
  readonly extraModules?: readonly AnyServerModule[]
  /** The folder from which paths in `plugins` go out. Default: the current one. */
  readonly folder?: string
}

/** Milliseconds that {@link Server.close} gives clients and what is under way. */
const CLOSING_GRACE = 5000

/** A running XMPP server. */
export interface Server extends AsyncDisposable {
  readonly configuration: Configuration
  readonly kernel: Kernel
  readonly storage: Storage
  readonly listeners: ClientListeners
  /** Where other servers connect; absent without federation. */
  readonly servers: ServerListeners | undefined
  /** The external components, if any are configured. */
  readonly components: ServedComponents | undefined
  /** Path of the development certificate authority, for clients to trust; absent with certificates of one's own. */
  readonly developmentAuthority: string | undefined
  /** The same authority's certificate in PEM; also there when the storage is in memory. */
  readonly developmentAuthorityPem: string | undefined
  /** The monitoring port, if there is one. */
  readonly monitoring: Monitoring['address'] | undefined
  /** Makes an account. @throws AccountError `exists`; JidError */
  addAccount(address: string, password: string): Promise<void>
  /** Reads the files of certificates again. @returns false: there are none, for development @throws CertificateError: the former ones stay */
  reloadCertificates(): boolean
  /** What `parlour status` shows. */
  status(): ServerStatus
  /** Closes every stream in order, then the storage. Nothing acknowledged is lost. Idempotent. */
  close(): Promise<void>
}

/**
 * Starts a server in this process.
 *
 * @throws ConfigurationError with every fault at once; ModuleError; TransportError for a port that is taken
 * @example
 * ```ts
 * await using server = await createServer({ domain: 'localhost', storage: 'memory', listen: { starttls: 0, directTls: 0 } })
 * ```
 */
export async function createServer(options: ServerOptions = {}): Promise<Server> {
  const { domain, logger = silentLogger, extraModules = [], folder = '.', ...input } = options
  const configuration = readConfiguration(domain === undefined ? input : { ...input, domains: [domain] })
  const modules = [...builtInModules, ...(await loadPlugins(configuration.plugins, folder)), ...extraModules]
  await checkSections(configuration, modules)
  await using undo = new AsyncDisposableStack()
  const clock = { ...systemEnvironment, now: performance.now.bind(performance) }
  const { storage, log, health } = watchStorage(await openStorage(configuration), logger, clock)
  undo.use(storage)
  const source = undo.use(await createCertificateSource(configuration, log))
  const federation = setUpFederation(configuration, source.certificates)
  const kernel = await openKernel(configuration, storage, { modules, federation: federation?.options }, log)
  undo.defer(() => kernel.stop({ graceMs: CLOSING_GRACE }))
  const components = await listenForComponents(configuration, source.certificates, kernel, log)
  undo.defer(() => components?.listener?.close())
  const { certificates } = source
  const servers = federation && (await listenForServers(configuration, { ...federation, certificates }, kernel, log))
  undo.defer(() => closeAll(servers ?? {}))
  const listeners = await listenForClients(configuration, certificates, kernel, log)
  undo.defer(() => closeAll(listeners))
  const monitoring = await listenForMonitoring(configuration, { kernel, storage, health, log })
  if (monitoring) undo.use(monitoring)
  const parts = { configuration, kernel, storage, listeners, servers, components, monitoring: monitoring?.address }
  const status = statusOf(parts)
  if (configuration.administration ?? configuration.storage !== 'memory')
    undo.use(await listenForCommands({ configuration, kernel, storage, status, federation }, log))
  return serverOf({ ...parts, status }, source, undo.move())
}

type Parts = Pick<
  Server,
  'configuration' | 'kernel' | 'storage' | 'listeners' | 'servers' | 'components' | 'status' | 'monitoring'
>

function serverOf(parts: Parts, source: CertificateSource, opened: AsyncDisposableStack): Server {
  const { developmentAuthority, developmentAuthorityPem } = source
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= opened.disposeAsync()
    return closed
  }
  return {
    ...{ ...parts, developmentAuthority, developmentAuthorityPem, close },
    addAccount: (address, password) => parts.kernel.accounts.create(parseJid(address).bare, password),
    reloadCertificates: () => source.reload(),
    [Symbol.asyncDispose]: close,
  }
}

async function closeAll({ starttls, directTls }: ClientListeners): Promise<void> {
  await Promise.all([starttls?.close(), directTls?.close()])
}
