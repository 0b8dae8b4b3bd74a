import { type Connection, DRAIN_MARK, type StartTlsOptions } from './connection.ts'
import { createMemorySecurity, type MemoryCertificate } from './memory-security.ts'
import type { TlsSecurity } from './tls-security.ts'
import { TransportError } from './transport-error.ts'

declare const queueMicrotask: (callback: () => void) => void
declare const TextEncoder: { new (): { encode(text: string): Uint8Array } }
const encoder = new TextEncoder()

interface Handshake {
  resolve(): void
  reject(error: Error): void
  readonly servername: string | undefined
}

/** One end of a memory pair. Everything that crosses to the other end does so in a microtask. */
export class MemoryConnection implements Connection {
  readonly remoteAddress: string
  security: TlsSecurity | undefined
  readonly #chunkBytes: number | undefined
  readonly #peerCertificate: MemoryCertificate | undefined
  #peer!: MemoryConnection
  /** Written by this end, not yet taken by the other. */
  #outbound: string[] = []
  /** What is left of the first one, when it is delivered in chunks. */
  #split: Uint8Array | undefined
  /** Written during the handshake. */
  #held: string[] = []
  #length = 0
  #overDrainMark = false
  #deliveryQueued = false
  #paused = false
  #ending = false
  #closed = false
  #error: Error | undefined
  #handshake: Handshake | undefined
  #onData: ((chunk: Uint8Array | string) => void) | undefined
  #onClose: ((error?: Error) => void) | undefined
  #onDrain: (() => void) | undefined

  constructor(remoteAddress: string, chunkBytes: number | undefined, peerCertificate: MemoryCertificate | undefined) {
    this.remoteAddress = remoteAddress
    this.#chunkBytes = chunkBytes
    this.#peerCertificate = peerCertificate
  }

  attach(peer: MemoryConnection): void {
    this.#peer = peer
  }

  onData(callback: (chunk: Uint8Array | string) => void): void {
    this.#onData = callback
    this.#peer.#queueDelivery()
  }

  onClose(callback: (error?: Error) => void): void {
    this.#onClose = callback
    if (this.#closed) queueMicrotask(() => this.#announceClose())
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback
  }

  get bufferedBytes(): number {
    return this.#length
  }

  write(text: string): void {
    if (this.#ending || this.#closed || text === '') return
    if (this.#handshake) this.#held.push(text)
    else this.#outbound.push(text)
    this.#length += text.length
    if (this.#length > DRAIN_MARK) this.#overDrainMark = true
    this.#queueDelivery()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#peer.#queueDelivery()
  }

  startTls(options?: StartTlsOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed || this.#ending) return reject(new TransportError('closed', 'the connection is closed'))
      if (this.security || this.#handshake) return reject(new TransportError('tls', 'TLS is already in use'))
      this.#handshake = { resolve, reject, servername: options?.servername }
      this.#peer.#discard()
      queueMicrotask(() => this.#shakeHands())
    })
  }

  end(): void {
    if (this.#ending || this.#closed) return
    this.#ending = true
    this.#queueDelivery()
  }

  destroy(error?: Error): void {
    if (this.#closed) return
    queueMicrotask(() => this.#peer.#shut())
    this.#shut(error)
  }

  /** The next chunk for the peer, of the size asked for. */
  #take(): Uint8Array | string {
    if (this.#chunkBytes === undefined) return this.#outbound.shift() ?? ''
    const bytes = this.#split ?? encoder.encode(this.#outbound[0] ?? '')
    const rest = bytes.subarray(this.#chunkBytes)
    this.#split = rest.length > 0 ? rest : undefined
    if (!this.#split) this.#outbound.shift()
    return bytes.subarray(0, this.#chunkBytes)
  }

  #discard(): void {
    this.#outbound = []
    this.#split = undefined
    this.#length = this.#held.reduce((sum, text) => sum + text.length, 0)
  }

  #queueDelivery(): void {
    if (this.#deliveryQueued) return
    this.#deliveryQueued = true
    queueMicrotask(() => this.#deliver())
  }

  #deliver(): void {
    this.#deliveryQueued = false
    const peer = this.#peer
    if (peer.#closed) this.#discard() // nobody is left to take it
    while (this.#outbound.length > 0 && peer.#onData && !peer.#paused && !peer.#closed) {
      if (peer.#handshake) {
        peer.destroy(new TransportError('tls', 'plain text in the TLS handshake'))
        return
      }
      peer.#onData(this.#take())
    }
    if (this.#closed || this.#outbound.length > 0 || this.#held.length > 0) return
    this.#length = 0
    if (this.#ending) this.#finish()
    else this.#announceDrain()
  }

  #announceDrain(): void {
    if (!this.#overDrainMark) return
    this.#overDrainMark = false
    this.#onDrain?.()
  }

  #finish(): void {
    const peer = this.#peer
    this.#shut()
    if (peer.#handshake) peer.#shut(new TransportError('closed', 'closed by the peer during the TLS handshake'))
    else peer.end()
  }

  #shakeHands(): void {
    const peer = this.#peer
    if (!this.#handshake || !peer.#handshake) return
    if (this.#outbound.length + peer.#outbound.length > 0) return
    const servername = this.#handshake.servername ?? peer.#handshake.servername
    this.#secure(servername)
    peer.#secure(servername)
  }

  #secure(servername: string | undefined): void {
    this.security = createMemorySecurity(servername, this.#peerCertificate)
    this.#handshake?.resolve()
    this.#handshake = undefined
    const held = this.#held
    this.#held = []
    this.#outbound.push(...held)
    this.#queueDelivery()
  }

  #shut(error?: Error): void {
    if (this.#closed) return
    this.#closed = true
    this.#error = error
    this.#outbound = []
    this.#held = []
    this.#length = 0
    this.#handshake?.reject(error ?? new TransportError('closed', 'the connection closed during the TLS handshake'))
    this.#handshake = undefined
    queueMicrotask(() => this.#announceClose())
  }

  #announceClose(): void {
    const callback = this.#onClose
    this.#onClose = undefined
    callback?.(this.#error)
  }
}
