import {
  type Connection,
  createMemoryPair,
  type Listener,
  type MemoryPairOptions,
  TransportError,
} from '@parlour/transport'

/**
 * Listeners and connections by name and port, in memory: what a kernel under test is given in place of a network.
 *
 * @example
 * ```ts
 * const network = new MemoryNetwork()
 * network.listen({ host: 'example.org', port: 5222 }, (connection) => connection.write('hello'))
 * const connection = network.connect({ host: 'example.org', port: 5222 })
 * ```
 */
export class MemoryNetwork {
  readonly #listening = new Map<string, (connection: Connection) => void>()
  readonly #options: MemoryPairOptions

  /** The options are those of every pair made, such as `chunkBytes`. */
  constructor(options: MemoryPairOptions = {}) {
    this.#options = options
  }

  /** @throws {TransportError} `refused` when the address is taken. */
  listen(address: Listener['address'], onConnection: (connection: Connection) => void): Listener {
    const key = `${address.host}:${address.port}`
    if (this.#listening.has(key)) throw new TransportError('refused', `${key} is taken`)
    this.#listening.set(key, onConnection)
    return {
      address,
      close: async () => {
        if (this.#listening.get(key) === onConnection) this.#listening.delete(key)
      },
    }
  }

  /** The client's end; the server's end is handed to the listener. @throws {TransportError} `refused` when nobody listens. */
  connect({ host, port }: Listener['address']): Connection {
    const onConnection = this.#listening.get(`${host}:${port}`)
    if (!onConnection) throw new TransportError('refused', `nobody listens at ${host}:${port}`)
    const [client, server] = createMemoryPair(this.#options)
    onConnection(server)
    return client
  }
}
