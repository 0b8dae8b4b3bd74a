import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { until } from './waiting.ts'

/** Milliseconds that anything may take. */
const LIMIT = 20_000

/** A connection on which a test says whatever it likes, well-formed or not. */
export class RawConnection {
  socket: Socket
  /** Everything that came and was not taken. */
  received = ''
  /** True once the other side has ended the connection. */
  closed = false

  constructor(socket: Socket) {
    this.socket = socket
    this.#listen(socket)
  }

  /** Begins TLS on the plain connection. */
  async startTls(options: ConnectionOptions): Promise<void> {
    const secure = connectTls({ ...options, socket: this.release() })
    await once(secure, 'secureConnect')
    this.replace(secure)
  }

  write(text: string): void {
    if (!this.socket.destroyed) this.socket.write(text)
  }

  /** Takes what came up to and with the pattern, or waits for it; gives back what fits the pattern. */
  async take(pattern: RegExp, limit = LIMIT): Promise<string> {
    return (await this.takeMatch(pattern, limit))[0]
  }

  /** The same, with all that the pattern found. */
  takeMatch(pattern: RegExp, limit = LIMIT): Promise<RegExpExecArray> {
    return until(
      () => {
        const match = pattern.exec(this.received)
        if (!match) {
          if (this.closed) throw new Error(`closed before ${pattern}: ${this.received.slice(-500)}`)
          return undefined
        }
        this.received = this.received.slice(match.index + match[0].length)
        return match
      },
      limit,
      `${pattern} after ${this.received.slice(-500)}`,
      1,
    )
  }

  /** The condition of the stream error with which the other side ends the connection. */
  async streamError(limit = LIMIT): Promise<string> {
    const pattern = /<stream:error[^>]*><([a-z-]+) xmlns='urn:ietf:params:xml:ns:xmpp-streams'/
    const condition = await until(
      () => {
        const found = pattern.exec(this.received)?.[1]
        if (!found && this.closed) throw new Error(`closed without a stream error: ${this.received.slice(-500)}`)
        return found
      },
      limit,
      `a stream error after ${this.received.slice(-500)}`,
    )
    this.write('</stream:stream>')
    await this.ended(limit)
    return condition
  }

  /** Waits until the other side has ended the connection. */
  async ended(limit = LIMIT): Promise<void> {
    await until(() => this.closed, limit, 'the end of the connection')
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Hands out the socket: what arrives is somebody else's. */
  protected release(): Socket {
    this.socket.removeAllListeners('data')
    this.socket.removeAllListeners('close')
    return this.socket
  }

  /** Goes on with another socket. */
  protected replace(socket: Socket): void {
    this.socket = socket
    this.#listen(socket)
  }

  #listen(socket: Socket): void {
    socket.setEncoding('utf8')
    socket.on('data', (text) => {
      this.received += text
    })
    // A reset is one way to be closed; which error came before is in what was received.
    socket.on('error', () => {
      this.closed = true
    })
    socket.on('end', () => {
      this.closed = true
    })
    socket.on('close', () => {
      this.closed = true
    })
  }
}
