import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { TLSSocket, type TLSSocketOptions } from 'node:tls'
import type { Connection, Listener } from '@parlour/transport'
import { addressGroup, plainAddress } from './address.ts'
import { type Authorities, authoritiesOf, type TrustOptions } from './authorities.ts'
import type { CertificateStore } from './certificate-store.ts'
import { failure } from './failure.ts'
import { awaitHandshake, type TlsSide } from './handshake.ts'
import { presentContext } from './presented-context.ts'
import { CLOSE_TIMEOUT, TcpConnection } from './tcp-connection.ts'
import { HANDSHAKE_TIMEOUT } from './tls-settings.ts'
import type { Verdict } from './verdict.ts'
import { verifyChain } from './verify-chain.ts'

/** Where and how to listen. */
export interface ListenOptions extends TrustOptions {
  /** The address to listen at; all, IPv6 and IPv4, if not given. */
  readonly host?: string
  /** 0 takes a free port, told by the listener's `address`. */
  readonly port: number
  /**
   * `starttls` (default): plain until `startTls()` is called; `direct`: TLS from the first byte (XEP-0368);
   * `none`: plain, `startTls()` is refused.
   */
  readonly tls?: 'none' | 'starttls' | 'direct'
  /** Needed unless `tls` is `none`. */
  readonly certificates?: CertificateStore
  /**
   * ALPN protocols for direct TLS: `['xmpp-client']` if not given; `['xmpp-server']` for servers. A client offering only others is refused with
   * `no_application_protocol`; one that offers none is accepted.
   */
  readonly alpn?: readonly string[]
  /** Asks the client for a certificate and goes on without; `security` has it and its verification. Default false. */
  readonly requestCertificate?: boolean
  /** Connections of this listener at once; further ones are closed. Default 100 000. */
  readonly maxConnections?: number
  /** Connections from one IPv4 address or IPv6 /64 at once; further ones are closed. Default: no bound. */
  readonly maxConnectionsPerAddress?: number
  /** Connections that the system holds until they are accepted. Default 511. */
  readonly backlog?: number
  /** Milliseconds for a TLS handshake. Default 30 000. */
  readonly handshakeTimeout?: number
  /** Milliseconds that `end()` waits for the peer's end before destroying. Default 5 000. */
  readonly closeTimeout?: number
  /** Called with every connection; for direct TLS, after the handshake. */
  onConnection(connection: Connection): void
  /** Called with failures of direct TLS handshakes and of accepting, for logs. */
  onError?(error: Error, remoteAddress: string | undefined): void
}

/** Seconds of silence after which the system asks whether the peer is still there. */
const KEEP_ALIVE_SECONDS = 120
const DEFAULT_MAX_CONNECTIONS = 100_000

/**
 * Listens for TCP connections.
 *
 * Rejects with a TransportError (`refused`, `unreachable`) whose `cause` has the system's code, such as `EADDRINUSE`.
 *
 * @example
 * ```ts
 * const listener = await listenTcp({ port: 5222, certificates, onConnection: (connection) => serve(connection) })
 * await listener.close()
 * ```
 */
export async function listenTcp(options: ListenOptions): Promise<Listener> {
  const accept = new Acceptor(options)
  const server = createServer(
    { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_SECONDS * 1000 },
    (socket) => accept.accept(socket),
  )
  await listening(server, options)
  server.on('error', (error) => options.onError?.(error, undefined))
  const { address: host, port } = server.address() as AddressInfo
  return { address: { host, port }, close: () => closing(server) }
}

function listening(server: Server, { host, port, backlog }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(failure(error)))
    server.listen({ port, ...(host === undefined ? {} : { host }), backlog: backlog ?? 511 }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

/** The callback of `close` waits for all connections; the port is free at once. */
function closing(server: Server): Promise<void> {
  if (server.listening) server.close()
  return new Promise((resolve) => setImmediate(resolve))
}

class Acceptor {
  readonly #options: ListenOptions
  readonly #tls: TlsSide | undefined
  readonly #byAddress = new Map<string, number>()
  #count = 0

  constructor(options: ListenOptions) {
    this.#options = options
    this.#tls = options.tls === 'none' ? undefined : new ServerTls(options)
  }

  accept(socket: Socket): void {
    const remoteAddress = plainAddress(socket.remoteAddress)
    if (!remoteAddress || !this.#admit(socket, addressGroup(remoteAddress))) return void socket.destroy()
    if (this.#options.tls === 'direct' && this.#tls) this.#acceptDirect(socket, remoteAddress, this.#tls)
    else this.#hand(socket, remoteAddress)
  }

  #admit(socket: Socket, group: string): boolean {
    const { maxConnections = DEFAULT_MAX_CONNECTIONS, maxConnectionsPerAddress = Infinity } = this.#options
    const sameGroup = this.#byAddress.get(group) ?? 0
    if (this.#count >= maxConnections || sameGroup >= maxConnectionsPerAddress) return false
    this.#count++
    this.#byAddress.set(group, sameGroup + 1)
    socket.once('close', () => this.#dismiss(group))
    return true
  }

  #dismiss(group: string): void {
    this.#count--
    const left = (this.#byAddress.get(group) ?? 1) - 1
    if (left > 0) this.#byAddress.set(group, left)
    else this.#byAddress.delete(group)
  }

  #acceptDirect(socket: Socket, remoteAddress: string, tls: TlsSide): void {
    const secure = tls.wrap(socket, undefined)
    awaitHandshake(secure, tls, (error) => {
      if (error) this.#options.onError?.(error, remoteAddress)
      else this.#hand(secure, remoteAddress, secure)
    })
  }

  #hand(socket: Socket, remoteAddress: string, secure?: TLSSocket): void {
    const closeTimeout = this.#options.closeTimeout ?? CLOSE_TIMEOUT
    this.#options.onConnection(new TcpConnection(socket, { remoteAddress, tls: this.#tls, closeTimeout }, secure))
  }
}

/** As it is written in the handshake (RFC 7301 §3.1): an array, Node would write anew for each connection. */
const protocolList = (names: readonly string[]): Buffer =>
  Buffer.concat(names.map((name) => Buffer.from(`${String.fromCharCode(name.length)}${name}`, 'latin1')))

/** The server's side of TLS: one set of functions for all its connections. */
class ServerTls implements TlsSide {
  readonly isServer = true
  readonly handshakeTimeout: number
  readonly #certificates: CertificateStore
  readonly #authorities: Authorities
  readonly #shared: TLSSocketOptions
  readonly #choosing: TLSSocketOptions
  /** What a resumed session tells of the client's certificate is not all of its chain. */
  readonly #isResumable: boolean

  constructor(options: ListenOptions) {
    if (!options.certificates) throw new TypeError('listenTcp needs certificates unless tls is "none"')
    this.handshakeTimeout = options.handshakeTimeout ?? HANDSHAKE_TIMEOUT
    const certificates = options.certificates
    this.#certificates = certificates
    this.#authorities = authoritiesOf(options)
    this.#isResumable = !options.requestCertificate
    this.#shared = {
      isServer: true,
      requestCert: options.requestCertificate ?? false,
      rejectUnauthorized: false,
      ...(options.tls === 'direct' ? { ALPNProtocols: protocolList(options.alpn ?? ['xmpp-client']) } : {}),
    }
    const choose: TLSSocketOptions['SNICallback'] = function choose(this: TLSSocket, servername, done) {
      const context = certificates.contextFor(servername)
      if (context) presentContext(this, context)
      done(null, context)
    }
    this.#choosing = { ...this.#shared, SNICallback: choose }
  }

  /**
   * The contexts of handshakes trust the platform's authorities only: Node would name all others to the peer in the
   * CertificateRequest, and peers that choose by those names would present nothing. The others are asked afterwards.
   */
  verify(chain: readonly Uint8Array[], verdict: Verdict): Promise<string | undefined> {
    const authorities = this.#authorities
    return verifyChain(chain, { authorities, verdict: authorities.isDefault ? verdict : undefined, ofClient: true })
  }

  wrap(socket: Socket, servername: string | undefined): TLSSocket {
    // With one certificate there is nothing to choose, and the handshake need not stop to ask.
    const { isSingle } = this.#certificates
    const options = isSingle ? this.#shared : this.#choosing
    const isResumable = isSingle && this.#isResumable
    const secureContext = isResumable
      ? this.#certificates.resumableContext()
      : this.#certificates.contextFor(servername)
    const secure = new TLSSocket(socket, secureContext ? { ...options, secureContext } : options)
    if (secureContext) presentContext(secure, secureContext)
    return secure
  }
}
