import { connect, createServer, type Server, type Socket } from 'node:net'

/** What the features of a stream say of STARTTLS (RFC 6120 §5.4.1). */
const STARTTLS = /<starttls xmlns=(['"])urn:ietf:params:xml:ns:xmpp-tls\1(?:\/>|>.*?<\/starttls>)/

/** The way to a server: a port of its own, which can fall silent, be cut, or take STARTTLS out of what it offers. */
export class Gate implements AsyncDisposable {
  /** The port behind it. */
  target = 0
  readonly port: number
  /** Connections so far. */
  joined = 0
  /** Takes STARTTLS out of what the server behind it offers to new connections. */
  stripsStarttls = false
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #silent = false

  /** Opens a gate on a free port of 127.0.0.1. */
  static async open(): Promise<Gate> {
    const server = createServer({ allowHalfOpen: true })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    return new Gate(server)
  }

  private constructor(server: Server) {
    this.#server = server
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the gate has no port')
    this.port = address.port
    server.on('connection', (outside: Socket) => this.#join(outside))
  }

  /** Nothing passes any more, in either direction, and nobody is told. */
  silence(): void {
    this.#silent = true
    for (const socket of this.#sockets) socket.pause()
  }

  /** What was held back passes, and what follows. */
  speak(): void {
    this.#silent = false
    for (const socket of this.#sockets) socket.resume()
  }

  /** Ends every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(outside: Socket): void {
    this.joined++
    const inside = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true })
    const strips = this.stripsStarttls
    this.#pass(outside, inside, (chunk) => chunk)
    this.#pass(inside, outside, strips ? withoutStarttls : (chunk) => chunk)
  }

  #pass(from: Socket, to: Socket, change: (chunk: Buffer) => Buffer): void {
    this.#sockets.add(from)
    from.on('data', (chunk: Buffer) => to.write(change(chunk)))
    from.on('end', () => to.end())
    // One end is gone: so is the other.
    from.on('error', () => to.destroy())
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
    if (this.#silent) from.pause()
  }
}

const withoutStarttls = (chunk: Buffer): Buffer => {
  const text = chunk.toString('latin1')
  return STARTTLS.test(text) ? Buffer.from(text.replace(STARTTLS, ''), 'latin1') : chunk
}
