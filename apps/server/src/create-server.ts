import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type AnyServerModule, createKernel, type Kernel, type Logger, silentLogger } from '@parlour/server-core'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { createSqliteStorage } from '@parlour/storage-sql'
import { createCertificateSource } from './certificates/source.ts'
import { readConfiguration } from './configuration/read.ts'
import type { Configuration, ConfigurationInput } from './configuration/schema.ts'
import { systemEnvironment } from './environment.ts'
import { type ClientListeners, listenForClients } from './listen-for-clients.ts'
import { builtInModules } from './modules.ts'
import { nodeCrypto } from './node-crypto.ts'

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
  const kernel = await startKernel(configuration, storage, [...builtInModules, ...extraModules], logger)
  undo.defer(() => kernel.stop())
  const source = undo.use(await createCertificateSource(configuration, logger))
  const listeners = await listenForClients(configuration, source.certificates, kernel, logger)
  undo.defer(() => closeAll(listeners))
  const opened = undo.move()
  const close = () => opened.disposeAsync()
  const developmentAuthority = source.developmentAuthority
  return { configuration, kernel, storage, listeners, developmentAuthority, close, [Symbol.asyncDispose]: close }
}

async function openStorage({ storage, dataFolder }: Configuration): Promise<Storage> {
  if (storage === 'memory') return createMemoryStorage()
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  return createSqliteStorage({ file: join(dataFolder, 'parlour.sqlite') })
}

function startKernel(
  configuration: Configuration,
  storage: Storage,
  modules: readonly AnyServerModule[],
  log: Logger,
): Promise<Kernel> {
  const { authentication, domains, sessions } = configuration
  const host = {
    resourceConflict: sessions.resourceConflict,
    maxSessionsPerAccount: sessions.maxPerAccount,
    modules: configuration.modules,
  }
  return createKernel({
    environment: systemEnvironment,
    authentication: { ...authentication, crypto: nodeCrypto },
    hosts: domains.map((name) => ({ domain: name, ...host })),
    ...{ storage, log, modules },
  })
}

async function closeAll({ starttls, directTls }: ClientListeners): Promise<void> {
  await Promise.all([starttls?.close(), directTls?.close()])
}
