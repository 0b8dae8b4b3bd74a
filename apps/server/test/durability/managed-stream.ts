import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type TLSSocket } from 'node:tls'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { StreamParser } from '@parlour/xml-stream'
import { headerTo, plainAuthentication } from '../support/raw-client.ts'
import { until } from '../support/waiting.ts'

/** Where a device signs in. */
export interface DeviceTarget {
  readonly host: string
  readonly directTls: number
  /** PEM file of the certificate to trust; read at each connection, for a restarted server may have made it only then. */
  readonly authority: string
  readonly domain: string
}

/** Milliseconds that an answer in negotiation may take. */
const LIMIT = 10_000

/** One TLS connection, signed in: elements in order, to whoever asks for the next, later to `receive`. */
export class ManagedStream {
  readonly #socket: TLSSocket
  readonly #parser: StreamParser
  readonly #waiting: Element[] = []
  #receive: ((element: Element) => void) | undefined
  #isClosed = false
  /** The server has said `</stream>`. */
  hasEnded = false
  /** Called once when the connection is gone. */
  onClose: () => void = () => {}

  /** Connects, and authenticates with PLAIN; what follows is resumption or binding. */
  static async signedIn(target: DeviceTarget, username: string, password: string): Promise<ManagedStream> {
    const { host, directTls: port, domain, authority } = target
    const socket = connect({ host, port, servername: domain, ca: readFileSync(authority) })
    await once(socket, 'secureConnect')
    const stream = new ManagedStream(socket)
    try {
      stream.write(headerTo(domain))
      await stream.next('features')
      stream.write(plainAuthentication(username, password))
      await stream.next('success')
      stream.#parser.reset()
      stream.write(headerTo(domain))
      await stream.next('features')
    } catch (error) {
      stream.destroy()
      throw error
    }
    return stream
  }

  /** For `jabber:iq:register` before authentication. */
  static async register(target: DeviceTarget, username: string, password: string): Promise<void> {
    const { host, directTls: port, domain, authority } = target
    const socket = connect({ host, port, servername: domain, ca: readFileSync(authority) })
    await once(socket, 'secureConnect')
    const stream = new ManagedStream(socket)
    stream.write(headerTo(domain))
    await stream.next('features')
    const fields = `<username>${username}</username><password>${password}</password>`
    stream.write(`<iq type='set' id='register'><query xmlns='jabber:iq:register'>${fields}</query></iq>`)
    const answer = await stream.next('iq')
    stream.destroy()
    if (answer.attribute('type') !== 'result') throw new Error(`not registered: ${answer}`)
  }

  private constructor(socket: TLSSocket) {
    this.#socket = socket
    socket.setNoDelay(true)
    this.#parser = new StreamParser({
      header: () => {},
      element: (element) => this.#element(element),
      footer: () => {
        this.hasEnded = true
        this.destroy()
      },
      error: () => this.destroy(),
    })
    socket.on('data', (chunk: Buffer) => this.#parser.write(chunk))
    // Why it broke does not matter here: that it did is told by `close`.
    socket.on('error', () => {})
    socket.on('close', () => this.#closed())
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  write(text: string): void {
    if (!this.#socket.destroyed) this.#socket.write(text)
  }

  /** The next element, which must have this name; for negotiation. */
  async next(...names: string[]): Promise<Element> {
    const found = await until(
      () => {
        if (this.#waiting.length === 0 && this.#isClosed) throw new Error(`closed before <${names.join('/> or <')}/>`)
        return this.#waiting.shift()
      },
      LIMIT,
      `<${names.join('/> or <')}/>`,
      1,
    )
    if (!names.includes(found.name)) throw new Error(`<${names.join('/> or <')}/> expected, not ${found}`)
    return found
  }

  /** Negotiation is over: what has come since, and what comes, goes here. */
  deliverTo(receive: (element: Element) => void): void {
    this.#receive = receive
    for (const element of this.#waiting.splice(0)) receive(element)
  }

  /** Ends the stream in order. */
  async end(): Promise<void> {
    this.write('</stream:stream>')
    await until(() => this.#isClosed, 3000, 'the end of the stream').catch(() => this.destroy())
  }

  /** The connection is gone without a word. */
  destroy(): void {
    this.#socket.destroy()
    this.#closed()
  }

  #closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.onClose()
  }

  #element(element: Element): void {
    if (this.#isClosed) return
    if (this.#receive) this.#receive(element)
    else this.#waiting.push(element)
  }
}

export const isStanza = (element: Element): boolean =>
  element.namespace === CLIENT_NAMESPACE && ['message', 'presence', 'iq'].includes(element.name)
