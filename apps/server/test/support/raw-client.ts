import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { until } from './waiting.ts'

/** Where a raw client connects. */
export interface RawTarget {
  readonly host: string
  readonly starttls: number
  readonly directTls: number
  readonly authority: string
}

const STREAM = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'"
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'
export const HEADER = `<stream:stream to='localhost' ${STREAM}>`
const LIMIT = 20_000

/** A client that sends whatever it is told, well-formed or not. */
export class RawClient {
  socket: Socket
  /** Everything that came and was not taken. */
  received = ''
  /** True once the server has ended the connection. */
  closed = false
  #next = 1

  private constructor(socket: Socket) {
    this.socket = socket
    this.#listen(socket)
  }

  /** Without TLS. */
  static async plain({ host, starttls }: RawTarget): Promise<RawClient> {
    const socket = connect(starttls, host)
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** With TLS from the first byte. */
  static async secure({ host, directTls, authority }: RawTarget): Promise<RawClient> {
    const socket = connectTls({ ...securityOf(authority), host, port: directTls })
    await once(socket, 'secureConnect')
    return new RawClient(socket)
  }

  /** With TLS, signed in with PLAIN, its resource bound. */
  static async signedIn(target: RawTarget, username: string, password: string, resource = 'raw'): Promise<RawClient> {
    const client = await RawClient.secure(target)
    client.write(HEADER)
    await client.take(/<\/stream:features>/)
    client.write(plainAuthentication(username, password))
    await client.take(/<success[^>]*>/)
    client.write(HEADER)
    await client.take(/<\/stream:features>/)
    client.write(
      `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
    )
    await client.take(/<iq [^>]*type='result'.*?<\/iq>/)
    return client
  }

  /** Begins TLS on the plain connection. */
  async upgrade(authority: string): Promise<void> {
    this.socket.removeAllListeners('data')
    this.socket.removeAllListeners('close')
    const secure = connectTls({ ...securityOf(authority), socket: this.socket })
    await once(secure, 'secureConnect')
    this.socket = secure
    this.#listen(secure)
  }

  write(text: string): void {
    if (!this.socket.destroyed) this.socket.write(text)
  }

  /** Takes what came up to and with the pattern, or waits for it; gives back what fits the pattern. */
  async take(pattern: RegExp, limit = LIMIT): Promise<string> {
    return (await this.#takeMatch(pattern, limit))[0]
  }

  #takeMatch(pattern: RegExp, limit = LIMIT): Promise<RegExpExecArray> {
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

  /** Waits for the answer to a ping: all that was sent before has been handled. Gives back what came before it. */
  async ping(): Promise<string> {
    const id = `p${this.#next++}`
    this.write(`<iq type='get' id='${id}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>`)
    const { input, index } = await this.#takeMatch(new RegExp(`<iq [^>]*id='${id}'[^>]*>`))
    return input.slice(0, index)
  }

  /** Sends a request and waits for its answer. */
  async set(payload: string): Promise<string> {
    const id = `s${this.#next++}`
    this.write(`<iq type='set' id='${id}'>${payload}</iq>`)
    return this.take(new RegExp(`<iq [^>]*id='${id}'[^>]*(?:/>|>.*?</iq>)`))
  }

  /** The condition of the stream error with which the server ends the connection. */
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

  /** Waits until the server has ended the connection. */
  async ended(limit = LIMIT): Promise<void> {
    await until(() => this.closed, limit, 'the end of the connection')
  }

  destroy(): void {
    this.socket.destroy()
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

export function plainAuthentication(username: string, password: string): string {
  const text = Buffer.from(`\0${username}\0${password}`).toString('base64')
  return `<auth xmlns='${SASL}' mechanism='PLAIN'>${text}</auth>`
}

const authorities = new Map<string, Buffer>()

function securityOf(authority: string) {
  const ca = authorities.get(authority) ?? readFileSync(authority)
  authorities.set(authority, ca)
  return { ca, servername: 'localhost' }
}
