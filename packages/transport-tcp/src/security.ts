import type { TLSSocket } from 'node:tls'
import type { TlsSecurity } from '@parlour/transport'
import { presentedEndPoint } from './presented-context.ts'
import { serverEndPoint } from './server-end-point.ts'

/** The one thing asked of the native TLS object that Node does not expose for server sockets. */
interface Verifier {
  verifyError?(): { code?: string; message: string } | null
}

/** Certificates that a peer may present. */
const MAX_CHAIN = 10

/** What was negotiated on a socket after its handshake. It answers from the socket, so only while that is open. */
export class SocketSecurity implements TlsSecurity {
  readonly protocol: string
  readonly cipher: string
  declare readonly alpn?: string
  declare readonly servername?: string
  readonly #socket: TLSSocket
  readonly #isServer: boolean

  constructor(socket: TLSSocket, isServer: boolean) {
    this.#socket = socket
    this.#isServer = isServer
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
    return this.#isServer ? socket.getPeerFinished() : socket.getFinished()
  }

  serverEndPoint(): Uint8Array | undefined {
    if (this.#isServer) return presentedEndPoint(this.#socket)
    const certificate = this.#socket.getPeerX509Certificate()
    return certificate && serverEndPoint(certificate.raw)
  }

  peerCertificate(): Uint8Array | undefined {
    return this.#socket.getPeerX509Certificate()?.raw
  }

  peerCertificateError(): string | undefined {
    if (!this.peerCertificate()) return undefined
    const verifier: Verifier | null = Reflect.get(this.#socket, 'ssl')
    const error = verifier?.verifyError?.()
    return error ? (error.code ?? error.message) : undefined
  }

  peerCertificateChain(): readonly Uint8Array[] {
    const chain: Uint8Array[] = []
    let certificate = this.#socket.getPeerX509Certificate()
    while (certificate && chain.length < MAX_CHAIN) {
      chain.push(certificate.raw)
      certificate = certificate.issuerCertificate
    }
    return chain
  }

  async verifyPeerChain(): Promise<string | undefined> {
    if (!this.peerCertificate()) return 'no certificate was presented'
    return this.peerCertificateError()
  }
}
