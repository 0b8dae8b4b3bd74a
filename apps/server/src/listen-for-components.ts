import { readFileSync } from 'node:fs'
import { BlockList, isIPv6 } from 'node:net'
import {
  acceptComponentStream,
  type ComponentKernel,
  type ComponentSettings,
  type ComponentStatus,
  type Logger,
  serveComponents,
} from '@parlour/server-core'
import type { Listener } from '@parlour/transport'
import { type CertificateStore, listenTcp } from '@parlour/transport-tcp'
import { DEFAULT_LIMITS } from '@parlour/xml-stream'
import { ConfigurationError } from './configuration/fault.ts'
import { DEFAULT_COMPONENT_PORT } from './configuration/ports.ts'
import type { Configuration } from './configuration/schema.ts'
import { nodeCrypto } from './node-crypto.ts'

/** The external components of a running server (XEP-0114). */
export interface ServedComponents {
  /** Where they connect; absent if the configuration says so. */
  readonly listener: Listener | undefined
  /** Where each of them stands. */
  list(): readonly ComponentStatus[]
}

/**
 * Tells the kernel of the configured components and opens their port; `undefined` without any.
 *
 * @throws ConfigurationError for a secret's file that cannot be read; TransportError for a port that is taken
 */
export async function listenForComponents(
  configuration: Configuration,
  certificates: CertificateStore,
  kernel: ComponentKernel,
  log: Logger,
): Promise<ServedComponents | undefined> {
  const { components: configured, listen, limits } = configuration
  const { components: port = DEFAULT_COMPONENT_PORT } = listen
  if (configured.length === 0) return undefined
  const components = serveComponents(kernel, { components: configured.map(settingsOf), log, crypto: nodeCrypto })
  const served = (listener?: Listener): ServedComponents => ({ listener, list: () => components.list() })
  if (port === false) return served()
  const options = {
    limits: { ...DEFAULT_LIMITS, maxStanzaBytes: limits.maxStanzaBytes },
    negotiationTimeout: limits.negotiationSeconds * 1000,
  }
  const listener = await listenTcp({
    ...{ host: listen.componentsAddress, port, certificates, alpn: ['xmpp-component'] },
    tls: listen.componentsTls ? 'direct' : 'none',
    maxConnections: limits.maxConnections,
    maxConnectionsPerAddress: limits.maxConnectionsPerAddress,
    onConnection: (connection) => acceptComponentStream(connection, options, components),
    onError: (error, remoteAddress) => log.info({ error, remoteAddress }, 'a connection failed'),
  })
  if (!listen.componentsTls && !isLoopback(listener.address.host))
    log.warn({ ...listener.address }, 'components connect without TLS from other machines: see listen.componentsTls')
  return served(listener)
}

/** @throws ConfigurationError for a secret's file that cannot be read */
export const checkComponents = ({ components }: Configuration): void => void components.map(settingsOf)

function settingsOf(
  { domain, secret, secretFile, conflict, name, listedBy }: Configuration['components'][number],
  index: number,
): ComponentSettings {
  return {
    ...{ domain, conflict },
    secret: secret ?? readSecretFile(secretFile ?? '', `components.${index}.secretFile`),
    ...(name !== undefined && { name }),
    ...(listedBy !== undefined && { listedBy }),
  }
}

/** Of one line; the end of line that editors add is none of the secret's. */
function readSecretFile(file: string, path: string): string {
  const secret = attempt(() => readFileSync(file, 'utf8'), path).replace(/\r?\n$/, '')
  if (secret === '') throw new ConfigurationError([{ path, reason: `names ${file}, which is empty` }])
  return secret
}

function attempt<Value>(read: () => Value, path: string): Value {
  try {
    return read()
  } catch (cause) {
    const reason = `names a file that cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new ConfigurationError([{ path, reason }], { cause })
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const isLoopback = (address: string): boolean => loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
