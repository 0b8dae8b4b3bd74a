import type { TLSSocket } from 'node:tls'
import type { TlsSecurity } from '@parlour/transport'
import type { TlsSide } from './handshake.ts'
import { presentedEndPoint } from './presented-context.ts'
import { serverEndPoint } from './server-end-point.ts'
import { resumedTicket } from './session-tickets.ts'
import { verdictOf } from './verdict.ts'
import { MAX_CHAIN_LENGTH } from './verify-chain.ts'

/** What was negotiated on a socket after its handshake. It answers from the socket, so only while that is open. */
export class SocketSecurity implements TlsSecurity {
  readonly protocol: string
  readonly cipher: string
  declare readonly alpn?: string
  declare readonly servername?: string
  readonly #socket: TLSSocket
  readonly #side: TlsSide

  constructor(socket: TLSSocket, side: TlsSide) {
    this.#socket = socket
    this.#side = side
    this.protocol = socket.getProtocol() ?? 'unknown'
    this.cipher = socket.getCipher().standardName
    if (socket.alpnProtocol) this.alpn = socket.alpnProtocol
    const servername: unknown = Reflect.get(socket, 'servername')
    if (typeof servername === 'string' && servername !== '') this.servername = servername
  }

  exporter(label: string, length: number): Uint8Array | undefined {
    if (this.protocol !== 'TLSv1.3' || this.#socket.destroyed) return undefined
    return this.#socket.exportKeyingMaterial(length, label, Buffer.alloc(0))
  }

  clientFinished(): Uint8Array | undefined {
    const socket = this.#socket
    // With a resumed session of TLS 1.2 the server finishes first, and the triple handshake attack is open: no binding.
    if (socket.destroyed || socket.isSessionReused()) return undefined
    return this.#side.isServer ? socket.getPeerFinished() : socket.getFinished()
  }

  serverEndPoint(): Uint8Array | undefined {
    if (this.#side.isServer) return presentedEndPoint(this.#socket)
    const certificate = this.peerCertificate()
    return certificate && serverEndPoint(certificate)
  }

  peerCertificate(): Uint8Array | undefined {
    return this.#socket.getPeerX509Certificate()?.raw ?? resumedTicket(this.#socket)?.certificate.raw
  }

  peerCertificateError(): string | undefined {
    const { code, message } = verdictOf(this.#socket) ?? {}
    return code === 'UNSPECIFIED' ? message : code
  }

  peerCertificateChain(): readonly Uint8Array[] {
    const resumed = resumedTicket(this.#socket)
    if (resumed) return [resumed.certificate.raw]
    const chain: Uint8Array[] = []
    let certificate = this.#socket.getPeerX509Certificate()
    // One more than is accepted, so that what is too long is seen to be.
    while (certificate && chain.length <= MAX_CHAIN_LENGTH) {
      chain.push(certificate.raw)
      certificate = certificate.issuerCertificate
    }
    return chain
  }

  async verifyPeerChain(): Promise<string | undefined> {
    if (this.#socket.destroyed) return 'the connection is closed'
    // It was accepted when it was shown, or there were no ticket.
    if (resumedTicket(this.#socket)) return undefined
    const verdict = verdictOf(this.#socket)
    return verdict ? this.#side.verify(this.peerCertificateChain(), verdict) : 'no certificate was presented'
  }
}
