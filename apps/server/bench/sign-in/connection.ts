import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { DOMAIN } from './accounts.ts'

/** A client that says texts and waits for texts: as good as nothing of what is measured is its own. */
export class TextConnection {
  readonly #socket: TLSSocket
  #read = ''
  /** What a TLS library keeps for the next connection. */
  #ticket: Buffer | undefined
  #changed: () => void = () => {}

  private constructor(socket: TLSSocket) {
    this.#socket = socket
    socket.setEncoding('utf8').setNoDelay(true)
    socket.on('data', (text: string) => {
      this.#read += text
      this.#changed()
    })
    socket.on('session', (ticket: Buffer) => {
      this.#ticket = ticket
    })
    socket.on('error', () => this.#changed())
    socket.on('close', () => this.#changed())
  }

  /** @param ticket of a TLS session that is to be resumed */
  static async open(port: number, ticket?: Buffer): Promise<TextConnection> {
    const socket = connect({
      ...{ host: '127.0.0.1', port, servername: DOMAIN, ALPNProtocols: ['xmpp-client'] },
      ...(ticket && { session: ticket }),
      rejectUnauthorized: false,
    })
    await once(socket, 'secureConnect')
    if (ticket && !socket.isSessionReused()) throw new Error('the TLS session was not resumed')
    return new TextConnection(socket)
  }

  /** Has come as soon as anything was read. */
  get ticket(): Buffer | undefined {
    return this.#ticket
  }

  /** RFC 9266. */
  get exporter(): Uint8Array {
    return this.#socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
  }

  /** Says something, waits for `mark`, and returns what was read. */
  async say(text: string, mark: string): Promise<string> {
    this.#read = ''
    this.#socket.write(text)
    while (!this.#read.includes(mark)) {
      if (this.#socket.destroyed) throw new Error(`the connection ended, not with ${mark}: ${this.#read}`)
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
    return this.#read
  }

  /** As a device whose network is gone. */
  async cut(): Promise<void> {
    this.#socket.destroy()
    if (!this.#socket.closed) await once(this.#socket, 'close')
  }
}
