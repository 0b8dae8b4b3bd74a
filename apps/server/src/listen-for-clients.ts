import { acceptClientStream, type ClientStreamOptions, type Kernel, type Logger } from '@parlour/server-core'
import type { Connection, Listener } from '@parlour/transport'
import { type CertificateStore, listenTcp } from '@parlour/transport-tcp'
import { DEFAULT_LIMITS } from '@parlour/xml-stream'
import type { Configuration } from './configuration/schema.ts'

/** Where clients can connect; a kind that is not listened for is absent. */
export interface ClientListeners {
  readonly starttls?: Listener
  readonly directTls?: Listener
}

/** Opens the ports for clients. What fails half-way closes what was opened. */
export async function listenForClients(
  configuration: Configuration,
  certificates: CertificateStore,
  kernel: Kernel,
  log: Logger,
): Promise<ClientListeners> {
  const { listen, limits } = configuration
  const streamOptions = streamOptionsOf(configuration)
  const open = (tls: 'starttls' | 'direct', port: number): Promise<Listener> =>
    listenTcp({
      ...(listen.address === undefined ? {} : { host: listen.address }),
      ...{ port, tls, certificates, maxConnections: limits.maxConnections },
      maxConnectionsPerAddress: limits.maxConnectionsPerAddress,
      handshakeTimeout: limits.negotiationSeconds * 1000,
      onConnection: (connection: Connection) => acceptClientStream(connection, streamOptions, kernel),
      onError: (error, remoteAddress) => log.info({ error, remoteAddress }, 'a connection failed'),
    })
  const starttls = listen.starttls === false ? undefined : await open('starttls', listen.starttls)
  try {
    const directTls = listen.directTls === false ? undefined : await open('direct', listen.directTls)
    return { ...(starttls && { starttls }), ...(directTls && { directTls }) }
  } catch (error) {
    await starttls?.close()
    throw error
  }
}

function streamOptionsOf({ encryptionRequired, limits, sessions }: Configuration): Partial<ClientStreamOptions> {
  return {
    tlsRequired: encryptionRequired,
    limits: { ...DEFAULT_LIMITS, maxStanzaBytes: limits.maxStanzaBytes },
    negotiationTimeout: limits.negotiationSeconds * 1000,
    inboundBytesPerSecond: limits.bytesPerSecond,
    maxOutboundBytes: limits.maxUnsentBytes,
    idleTimeout: (sessions.idleSeconds || 0) * 1000,
    answerTimeout: sessions.answerSeconds * 1000,
  }
}
