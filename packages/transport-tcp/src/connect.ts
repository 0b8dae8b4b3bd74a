import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect, type PeerCertificate, type SecureContext, type TLSSocket } from 'node:tls'
import { type Connection, TransportError } from '@parlour/transport'
import { plainAddress } from './address.ts'
import { type Authorities, authoritiesOf, type TrustOptions } from './authorities.ts'
import type { CertificateStore } from './certificate-store.ts'
import { failure } from './failure.ts'
import { awaitHandshake, type TlsSide } from './handshake.ts'
import type { SessionTickets, Ticket } from './session-tickets.ts'
import { CLOSE_TIMEOUT, TcpConnection } from './tcp-connection.ts'
import { HANDSHAKE_TIMEOUT } from './tls-settings.ts'
import type { Verdict } from './verdict.ts'
import { verifyChain } from './verify-chain.ts'

/** Whom to connect to, and whom to believe. */
export interface ConnectOptions extends TrustOptions {
  /** The host name or address to connect to, such as the target of an SRV record. */
  readonly host: string
  readonly port: number
  /**
   * The domain of the JID, in ASCII form. It is sent as SNI and the certificate must be for it, whatever the host is
   * called (RFC 6120 §13.7.1, XEP-0368 §2).
   */
  readonly servername: string
  /** `starttls`: plain until `startTls()`; `direct`: TLS from the first byte (XEP-0368). */
  readonly tls: 'starttls' | 'direct'
  /** ALPN protocols for direct TLS: `['xmpp-client']` if not given. */
  readonly alpn?: readonly string[]
  /** Certificates of our own, presented to a server that asks: between servers (XEP-0178). None if not given. */
  readonly certificates?: CertificateStore
  /** The domain whose certificate of these is presented, in ASCII form; the first if not given. */
  readonly presentFor?: string
  /**
   * True: the handshake succeeds whatever the server's certificate is. The caller judges afterwards, by
   * `security.verifyPeerChain()` and the names in `security.peerCertificate()`. Default false.
   */
  readonly verifyLater?: boolean
  /**
   * Says why the certificate, which is already trusted, is not the domain's. The host name check of the platform
   * (RFC 9525) if not given; the identities of XMPP's own (RFC 6120 §13.7.1.2) need one.
   */
  verifyIdentity?(domain: string, certificate: Uint8Array): Error | undefined
  /**
   * Of earlier connections, one of which is resumed, and for the next ones. Without it, with `verifyLater`, or with `certificates`
   * to present, every handshake is a whole one.
   */
  readonly tickets?: SessionTickets
  /** Ends the attempt; afterwards it has no effect. */
  readonly signal?: AbortSignal
  /** Milliseconds for connecting, without TLS. Default 30 000. */
  readonly connectTimeout?: number
  /** Milliseconds for the TLS handshake. Default 30 000. */
  readonly handshakeTimeout?: number
  /** Milliseconds that `end()` waits for the peer's end before destroying. Default 5 000. */
  readonly closeTimeout?: number
}

/**
 * Connects to a server.
 *
 * Rejects with a TransportError, and then nothing is left open: `refused`, `unreachable`, `timeout`, `aborted`, or for
 * direct TLS also `certificate`, `tls`, `closed`, `reset`.
 *
 * @example
 * ```ts
 * const connection = await connectTcp({ host: 'xmpp.example.org', port: 5222, servername: 'example.org', tls: 'starttls' })
 * ```
 */
export async function connectTcp(options: ConnectOptions): Promise<Connection> {
  const { signal } = options
  if (signal?.aborted) throw aborted(signal)
  const socket = connectPlain({
    host: options.host,
    port: options.port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 120_000,
  })
  const tls = new ClientTls(options)
  const abort = () => socket.destroy(aborted(signal))
  signal?.addEventListener('abort', abort)
  try {
    await connected(socket, options.connectTimeout ?? 30_000)
    const secure = options.tls === 'direct' ? await secured(socket, tls, signal) : undefined
    const remoteAddress = plainAddress(socket.remoteAddress) ?? options.host
    const closeTimeout = options.closeTimeout ?? CLOSE_TIMEOUT
    return new TcpConnection(secure ?? socket, { remoteAddress, tls, closeTimeout }, secure)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

function aborted(signal: AbortSignal | undefined): TransportError {
  return new TransportError('aborted', 'the connection attempt was aborted', { cause: signal?.reason })
}

function connected(socket: Socket, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new TransportError('timeout', 'connecting took too long')), timeout)
    socket.once('close', () => clearTimeout(timer))
    socket.on('error', (error) => reject(failure(error)))
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function secured(socket: Socket, tls: TlsSide, signal: AbortSignal | undefined): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = tls.wrap(socket, undefined)
    awaitHandshake(secure, tls, (error) => {
      if (error) reject(signal?.aborted ? aborted(signal) : error)
      else resolve(secure)
    })
  })
}

/** The client's side of TLS: chain and identity are verified before the handshake counts as done, unless later. */
class ClientTls implements TlsSide {
  readonly isServer = false
  readonly handshakeTimeout: number
  readonly #options: ConnectOptions
  readonly #authorities: Authorities

  constructor(options: ConnectOptions) {
    this.#options = options
    this.#authorities = authoritiesOf(options)
    this.handshakeTimeout = options.handshakeTimeout ?? HANDSHAKE_TIMEOUT
  }

  wrap(socket: Socket, servername: string | undefined): TLSSocket {
    const domain = servername ?? this.#options.servername
    const { verifyLater = false } = this.#options
    const ticket = this.#ticketFor(domain)
    const secure = connect({
      socket,
      ...(ticket && { session: ticket.session }),
      secureContext: this.#context(),
      rejectUnauthorized: !verifyLater,
      // An address is no SNI (RFC 6066 §3), yet a certificate may be for it.
      ...(isIP(domain) ? { host: domain, servername: '' } : { servername: domain }),
      ...(this.#options.tls === 'direct' ? { ALPNProtocols: [...(this.#options.alpn ?? ['xmpp-client'])] } : {}),
      checkServerIdentity: (_name, certificate) => (verifyLater ? undefined : this.#check(domain, certificate)),
    })
    this.#tickets?.keep(secure, this.#authorities, this.#serverOf(domain), ticket)
    return secure
  }

  /** Whose chain is looked at afterwards has to show it; and who presents a certificate, does so each time. */
  get #tickets(): SessionTickets | undefined {
    const { tickets, verifyLater, certificates } = this.#options
    return verifyLater || certificates ? undefined : tickets
  }

  #serverOf(domain: string): string {
    const { host, port, tls, alpn } = this.#options
    return [host, port, tls, domain, ...(alpn ?? [])].join(' ')
  }

  /** In a resumed handshake nothing is verified any more: so what the server has shown before is, now. */
  #ticketFor(domain: string): Ticket | undefined {
    const server = this.#serverOf(domain)
    const ticket = this.#tickets?.take(this.#authorities, server)
    if (!ticket || !this.#check(domain, ticket.certificate)) return ticket
    this.#tickets?.forget(this.#authorities, server)
    return undefined
  }

  verify(chain: readonly Uint8Array[], verdict: Verdict): Promise<string | undefined> {
    const authorities = this.#authorities
    return verifyChain(chain, {
      authorities,
      verdict: this.#verdictCounts ? verdict : undefined,
      ofClient: false,
    })
  }

  /** Where the verdict may wait, contexts that present something trust the platform's authorities, which are shared. */
  #context(): SecureContext {
    const { certificates, presentFor, verifyLater } = this.#options
    const own = certificates?.contextFor(presentFor, verifyLater ? undefined : this.#authorities)
    return own ?? this.#authorities.context
  }

  /** Whether it was by the authorities given that OpenSSL verified in the handshake. */
  get #verdictCounts(): boolean {
    const { certificates, presentFor, verifyLater } = this.#options
    if (this.#authorities.isDefault || !verifyLater) return true
    return certificates?.contextFor(presentFor) === undefined
  }

  #check(domain: string, certificate: PeerCertificate): Error | undefined {
    const { verifyIdentity } = this.#options
    const error = verifyIdentity ? verifyIdentity(domain, certificate.raw) : checkServerIdentity(domain, certificate)
    return error && new TransportError('certificate', error.message, { cause: error })
  }
}
