import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that can be cut, and opened again. */
export class Way implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isOpen = true

  private constructor(host: string, port: number) {
    this.#server = createServer((near) => {
      if (!this.#isOpen) {
        near.resetAndDestroy()
        return
      }
      const far = connect(port, host)
      for (const end of [near, far]) {
        this.#sockets.add(end)
        end.on('error', () => undefined).on('close', () => this.#sockets.delete(end))
      }
      near.pipe(far).pipe(near)
    })
  }

  static async to(host: string, port: number): Promise<Way> {
    const way = new Way(host, port)
    await once(way.#server.listen(0, '127.0.0.1'), 'listening')
    return way
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Resets all connections; new ones are refused until {@link open}. */
  cut(): void {
    this.#isOpen = false
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  open(): void {
    this.#isOpen = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
