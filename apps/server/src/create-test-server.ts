import { createServer, type Server, type ServerOptions } from './create-server.ts'

/**
 * A server for the tests of other programs: everything in memory, free ports of this machine only, no monitoring, and
 * as few rounds of key derivation as are allowed.
 *
 * @example
 * ```ts
 * await using server = await createTestServer({ domain: 'localhost' })
 * await server.addAccount('alice@localhost', 'secret')
 * ```
 */
export function createTestServer({ listen, authentication, ...options }: ServerOptions = {}): Promise<Server> {
  return createServer({
    ...{ storage: 'memory', monitoring: { port: false } },
    authentication: { iterations: 4096, ...authentication },
    listen: { address: '127.0.0.1', starttls: 0, directTls: 0, server: 0, serverDirectTls: 0, ...listen },
    ...options,
  })
}
