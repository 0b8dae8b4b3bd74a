import type { Connection } from './connection.ts'
import { MemoryConnection } from './memory-connection.ts'
import type { MemoryCertificate } from './memory-security.ts'

/** How the two ends of a memory pair behave. */
export interface MemoryPairOptions {
  /** Delivers UTF-8 bytes in chunks of at most this many, so that parsers meet every split; otherwise whole strings. */
  readonly chunkBytes?: number
  /** What each end sees as {@link Connection.remoteAddress}: `memory` if not given. */
  readonly remoteAddress?: string
  /** What the client presents in TLS, for the server to judge: nothing if not given. */
  readonly clientCertificate?: MemoryCertificate
  /** What the server presents in TLS, for the client to judge: nothing if not given. */
  readonly serverCertificate?: MemoryCertificate
}

/**
 * Two connected {@link Connection}s without a network: what one writes, the other receives in a later microtask, in
 * order. The first end is the client, the second the server.
 *
 * `startTls` on both ends marks the pair as secured (`security.protocol` is `memory`) with channel bindings equal on
 * both sides; nothing is encrypted. Text sent in plain to an end that awaits TLS fails its handshake, as on a network.
 *
 * @example
 * ```ts
 * const [client, server] = createMemoryPair({ chunkBytes: 1 })
 * server.onData((chunk) => console.log(chunk))
 * client.write('<presence/>')
 * client.end()
 * ```
 */
export function createMemoryPair(options: MemoryPairOptions = {}): [client: Connection, server: Connection] {
  const { remoteAddress = 'memory', chunkBytes, clientCertificate, serverCertificate } = options
  const client = new MemoryConnection(remoteAddress, chunkBytes, serverCertificate)
  const server = new MemoryConnection(remoteAddress, chunkBytes, clientCertificate)
  client.attach(server)
  server.attach(client)
  return [client, server]
}
