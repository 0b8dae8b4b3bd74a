import { connect, createServer, type Server, type Socket } from 'node:net'

/** A connection through a proxy. */
export interface Line {
  /** Of who connected. */
  readonly outside: Socket
  /** To the server. */
  readonly inside: Socket
  /** Each end learns in its own time that the other is gone. */
  isCut: boolean
}

/** A port of this machine, to wait at for connections. */
export async function listenAnywhere(): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return server
}

/** A port before that of a server. How pieces pass, and what befalls connections, is what those that extend it are about. */
export abstract class LineProxy<Kind extends Line> implements AsyncDisposable {
  readonly port: number
  protected readonly lines = new Set<Kind>()
  readonly #server: Server
  readonly #timers = new Set<NodeJS.Timeout>()

  protected constructor(server: Server, target: number) {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    this.port = address.port
    this.#server = server
    server.on('connection', (outside: Socket) => this.#join(outside, connect(target, '127.0.0.1')))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const line of this.lines) this.end(line)
    await new Promise((resolve) => this.#server.close(resolve))
  }

  protected abstract open(outside: Socket, inside: Socket): Kind

  /** A piece has come. */
  protected abstract pass(line: Kind, chunk: Buffer, from: Socket, to: Socket): void

  protected end(line: Kind): void {
    line.outside.destroy()
    line.inside.destroy()
    this.lines.delete(line)
  }

  protected later(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, milliseconds)
    this.#timers.add(timer)
  }

  #join(outside: Socket, inside: Socket): void {
    const line = this.open(outside, inside)
    this.lines.add(line)
    this.#listen(line, outside, inside)
    this.#listen(line, inside, outside)
  }

  #listen(line: Kind, from: Socket, to: Socket): void {
    from.setNoDelay(true)
    from.on('data', (chunk: Buffer) => this.pass(line, chunk, from, to))
    // One end is gone, so is the other, unless the line was cut: then each learns of it in its own time.
    from.on('error', () => {})
    from.on('close', () => {
      if (!line.isCut) this.end(line)
    })
  }
}
