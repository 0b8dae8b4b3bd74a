import { X509Certificate } from 'node:crypto'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'
import { type Connection, TransportError } from '@parlour/transport'
import { plainAddress } from './address.ts'
import { failure } from './failure.ts'
import { awaitHandshake, type TlsSide } from './handshake.ts'
import { CLOSE_TIMEOUT, TcpConnection } from './tcp-connection.ts'
import { HANDSHAKE_TIMEOUT, TLS_SETTINGS } from './tls-settings.ts'

/** Whom to connect to, and whom to believe. */
export interface ConnectOptions {
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
  /** PEM certificates to trust beside the platform's. */
  readonly ca?: string | readonly string[]
  /**
   * Says why the certificate, which is already trusted, is not the domain's. The host name check of the platform
   * (RFC 9525) if not given; the identities of XMPP's own (RFC 6120 §13.7.1.2) need one.
   */
  verifyIdentity?(domain: string, certificate: Uint8Array): Error | undefined
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

/** The client's side of TLS: chain and identity are verified before the handshake counts as done. */
class ClientTls implements TlsSide {
  readonly isServer = false
  readonly handshakeTimeout: number
  readonly #options: ConnectOptions

  constructor(options: ConnectOptions) {
    this.#options = options
    this.handshakeTimeout = options.handshakeTimeout ?? HANDSHAKE_TIMEOUT
  }

  wrap(socket: Socket, servername: string | undefined): TLSSocket {
    const domain = servername ?? this.#options.servername
    return connect({
      socket,
      secureContext: contextTrusting(this.#options.ca),
      // An address is no SNI (RFC 6066 §3), yet a certificate may be for it.
      ...(isIP(domain) ? { host: domain, servername: '' } : { servername: domain }),
      ...(this.#options.tls === 'direct' ? { ALPNProtocols: [...(this.#options.alpn ?? ['xmpp-client'])] } : {}),
      checkServerIdentity: (_name, certificate) => this.#check(domain, certificate),
    })
  }

  #check(domain: string, certificate: PeerCertificate): Error | undefined {
    const { verifyIdentity } = this.#options
    const error = verifyIdentity ? verifyIdentity(domain, certificate.raw) : checkServerIdentity(domain, certificate)
    return error && new TransportError('certificate', error.message, { cause: error })
  }
}

const contexts = new Map<string, SecureContext>()
const MAX_CONTEXTS = 16

function contextTrusting(ca: string | readonly string[] | undefined): SecureContext {
  const extra = ca === undefined ? [] : typeof ca === 'string' ? [ca] : [...ca]
  const key = extra.join('\n')
  const known = contexts.get(key)
  if (known) return known
  for (const pem of extra) new X509Certificate(pem)
  const context = createSecureContext({
    ...TLS_SETTINGS,
    ...(extra.length === 0 ? {} : { ca: [...getCACertificates('default'), ...extra] }),
  })
  if (contexts.size >= MAX_CONTEXTS) contexts.clear()
  contexts.set(key, context)
  return context
}
