import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { TestCertificate } from '@parlour/testing/certificates'
import { RawConnection } from '../support/raw-connection.ts'

const NAMESPACES =
  "xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'"
export const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
export const TLS = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'"

/** The header of a stream between servers. */
export function header({ from, to, id }: { from?: string; to?: string; id?: string }): string {
  const attribute = (name: string, value?: string) => (value === undefined ? '' : ` ${name}='${value}'`)
  return `<stream:stream${attribute('from', from)}${attribute('to', to)}${attribute('id', id)} ${NAMESPACES}>`
}

/** Where a peer connects, and from where. */
export interface PeerTarget {
  readonly port: number
  /** The domain that it wants to speak to. */
  readonly to: string
  /** Loopback address of the peer itself. */
  readonly localAddress?: string
}

/** A server that connects, and says what it is told to. */
export class Peer extends RawConnection {
  readonly #to: string

  private constructor(socket: Socket, to: string) {
    super(socket)
    this.#to = to
  }

  static async connect({ port, to, localAddress = '127.0.0.1' }: PeerTarget): Promise<Peer> {
    const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true })
    await once(socket, 'connect')
    return new Peer(socket, to)
  }

  /** As far as the features inside TLS, which are given back; `certificate` is what the peer presents. */
  async secured(from: string | undefined, certificate?: TestCertificate): Promise<string> {
    this.open(from)
    await this.take(/<\/stream:features>/)
    this.write(`<starttls ${TLS}/>`)
    await this.take(/<proceed[^>]*>/)
    await this.handshake(certificate)
    this.open(from)
    return this.features()
  }

  /** As far as a stream that SASL EXTERNAL has authenticated. */
  async authenticated(from: string, certificate: TestCertificate): Promise<void> {
    await this.secured(from, certificate)
    this.write(`<auth ${SASL} mechanism='EXTERNAL'>${Buffer.from(from).toString('base64')}</auth>`)
    await this.take(/<success[^>]*>/)
    this.open(from)
    await this.features()
  }

  open(from: string | undefined): void {
    this.write(header({ to: this.#to, ...(from !== undefined && { from }) }))
  }

  async features(): Promise<string> {
    return this.take(/<stream:features>.*<\/stream:features>/)
  }

  async handshake(certificate?: TestCertificate): Promise<void> {
    // Whom it speaks to is of no interest to it.
    const own = certificate && { cert: certificate.certificate, key: certificate.key }
    await this.startTls({ ...own, servername: this.#to, rejectUnauthorized: false })
  }
}

/** A connection to a {@link ListeningPeer}. */
export class Visitor extends RawConnection {
  /** As the receiving side, until inside TLS: gives back nothing; what comes then is the visitor's header. */
  async secureAs(certificate: TestCertificate, from: string, injected = ''): Promise<void> {
    await this.take(/<stream:stream[^>]*>/)
    this.write(
      `${header({ from, id: 'one' })}<stream:features><starttls ${TLS}><required/></starttls></stream:features>`,
    )
    await this.take(/<starttls[^>]*>/)
    const socket = this.release()
    // Together, so that both are in the same chunk.
    socket.write(`<proceed ${TLS}/>${injected}`)
    const secure = new TLSSocket(socket, {
      isServer: true,
      requestCert: true,
      rejectUnauthorized: false,
      cert: certificate.certificate,
      key: certificate.key,
    })
    await once(secure, 'secure')
    this.replace(secure)
    await this.take(/<stream:stream[^>]*>/)
  }

  /** Lets the visitor in, and answers what it needs until it sends stanzas. */
  async letIn(certificate: TestCertificate, from: string): Promise<void> {
    await this.secureAs(certificate, from)
    this.write(
      `${header({ from, id: 'two' })}<stream:features><mechanisms ${SASL}><mechanism>EXTERNAL</mechanism></mechanisms></stream:features>`,
    )
    await this.take(/<auth [^>]*>/)
    this.write(`<success ${SASL}/>`)
    await this.take(/<stream:stream[^>]*>/)
    this.write(`${header({ from, id: 'three' })}<stream:features/>`)
  }
}

/** A server that others connect to. */
export class ListeningPeer implements AsyncDisposable {
  readonly port: number
  readonly #stop: () => Promise<void>

  private constructor(port: number, stop: () => Promise<void>) {
    this.port = port
    this.#stop = stop
  }

  /** `serve` is called with each connection; when it rejects, the connection is dropped. */
  static async start(serve: (visitor: Visitor) => Promise<void>): Promise<ListeningPeer> {
    const visitors = new Set<Visitor>()
    const listener = createServer((socket) => {
      const visitor = new Visitor(socket)
      visitors.add(visitor)
      void serve(visitor).catch(() => visitor.destroy())
    })
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const address = listener.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new ListeningPeer(address.port, async () => {
      for (const visitor of visitors) visitor.destroy()
      await new Promise((resolve) => listener.close(resolve))
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop()
  }
}
