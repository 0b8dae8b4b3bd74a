import { acceptServerStream, type Kernel, type Logger } from '@parlour/server-core'
import type { Connection, Listener } from '@parlour/transport'
import { type CertificateStore, listenTcp } from '@parlour/transport-tcp'
import type { Configuration } from '../configuration/schema.ts'

/** Where other servers can connect; a kind that is not listened for is absent. */
export interface ServerListeners {
  readonly starttls?: Listener
  readonly directTls?: Listener
}

/** Opens the ports for other servers. What fails half-way closes what was opened. */
export async function listenForServers(
  { listen, limits }: Configuration,
  { certificates, authorities }: { readonly certificates: CertificateStore; readonly authorities: readonly string[] },
  kernel: Kernel,
  log: Logger,
): Promise<ServerListeners> {
  const open = (tls: 'starttls' | 'direct', port: number): Promise<Listener> =>
    listenTcp({
      ...(listen.address === undefined ? {} : { host: listen.address }),
      ...{ port, tls, certificates, ca: authorities, requestCertificate: true, alpn: ['xmpp-server'] },
      maxConnections: limits.maxConnections,
      maxConnectionsPerAddress: limits.maxConnectionsPerAddress,
      handshakeTimeout: limits.negotiationSeconds * 1000,
      onConnection: (connection: Connection) => acceptServerStream(connection, kernel),
      onError: (error, remoteAddress) => log.info({ error, remoteAddress }, 'a connection of a server failed'),
    })
  const starttls = listen.server === false ? undefined : await open('starttls', listen.server)
  try {
    const directTls = listen.serverDirectTls === false ? undefined : await open('direct', listen.serverDirectTls)
    return { ...(starttls && { starttls }), ...(directTls && { directTls }) }
  } catch (error) {
    await starttls?.close()
    throw error
  }
}
