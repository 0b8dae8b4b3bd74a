import { type AnyServerModule, type Kernel, type Logger, silentLogger } from '@parlour/server-core'
import type { Storage } from '@parlour/storage'
import { listenForCommands } from './administration/listen.ts'
import type { ServerStatus } from './administration/target.ts'
import { type CertificateSource, createCertificateSource } from './certificates/source.ts'
import { readConfiguration } from './configuration/read.ts'
import type { Configuration, ConfigurationInput } from './configuration/schema.ts'
import { type ClientListeners, listenForClients } from './listen-for-clients.ts'
import { builtInModules } from './modules.ts'
import { openKernel, openStorage } from './open-kernel.ts'
import { statusOf } from './status.ts'

/** The configuration of {@link createServer}; `domain` is short for a single one of `domains`. */
export type ServerOptions = ConfigurationInput & {
  readonly domain?: string
  readonly logger?: Logger
  /** Plug-ins, besides those that `plugins` names. */
  readonly extraModules?: readonly AnyServerModule[]
}

/** A running XMPP server. */
export interface Server extends AsyncDisposable {
  readonly configuration: Configuration
  readonly kernel: Kernel
  readonly storage: Storage
  readonly listeners: ClientListeners
  /** Path of the development certificate authority, for clients to trust; absent with certificates of one's own. */
  readonly developmentAuthority: string | undefined
  /** The same authority's certificate in PEM; also there when the storage is in memory. */
  readonly developmentAuthorityPem: string | undefined
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
export async function createServer({
  domain,
  logger = silentLogger,
  extraModules = [],
  ...input
}: ServerOptions = {}): Promise<Server> {
  const configuration = readConfiguration(domain === undefined ? input : { ...input, domains: [domain] })
  await using undo = new AsyncDisposableStack()
  const storage = undo.use(await openStorage(configuration))
  const kernel = await openKernel(configuration, storage, [...builtInModules, ...extraModules], logger)
  undo.defer(() => kernel.stop())
  const source = undo.use(await createCertificateSource(configuration, logger))
  const listeners = await listenForClients(configuration, source.certificates, kernel, logger)
  undo.defer(() => closeAll(listeners))
  const parts = { configuration, kernel, storage, listeners }
  const status = statusOf(parts)
  if (configuration.administration ?? configuration.storage !== 'memory')
    undo.use(await listenForCommands({ configuration, kernel, status }, logger))
  return serverOf({ ...parts, status }, source, undo.move())
}

function serverOf(
  parts: Pick<Server, 'configuration' | 'kernel' | 'storage' | 'listeners' | 'status'>,
  { developmentAuthority, developmentAuthorityPem }: CertificateSource,
  opened: AsyncDisposableStack,
): Server {
  const close = () => opened.disposeAsync()
  return { ...parts, developmentAuthority, developmentAuthorityPem, close, [Symbol.asyncDispose]: close }
}

async function closeAll({ starttls, directTls }: ClientListeners): Promise<void> {
  await Promise.all([starttls?.close(), directTls?.close()])
}
