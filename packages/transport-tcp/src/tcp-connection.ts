import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type Connection, DRAIN_MARK, type StartTlsOptions, type TlsSecurity, TransportError } from '@parlour/transport'
import { failure } from './failure.ts'
import { flushLater } from './flush.ts'
import { awaitHandshake, type TlsSide } from './handshake.ts'
import { SocketSecurity } from './security.ts'

const OWNER = Symbol('connection')

/** A socket that knows its connection, so that one function serves as listener of every socket. */
interface OwnedSocket extends Socket {
  [OWNER]?: TcpConnection
}

/** How long `end()` waits for an orderly close before it destroys, in ms. */
export const CLOSE_TIMEOUT = 5_000

export interface TcpConnectionOptions {
  readonly remoteAddress: string
  /** Undefined: `startTls` is refused. */
  readonly tls: TlsSide | undefined
  readonly closeTimeout: number
}

/** A connection over a plain socket, later perhaps over TLS on it. */
export class TcpConnection implements Connection {
  readonly remoteAddress: string
  security: TlsSecurity | undefined
  readonly #options: TcpConnectionOptions
  #socket: OwnedSocket
  #pending = ''
  #handshaking = false
  #ending = false
  #paused = false
  #overDrainMark = false
  /** Nothing has been read, or nothing since TLS stands. */
  #isFresh = true
  #closed = false
  #error: Error | undefined
  #onData: ((chunk: Uint8Array) => void) | undefined
  #onClose: ((error?: Error) => void) | undefined
  #onDrain: (() => void) | undefined

  /** The socket is connected and, if it is a TLS one, has done its handshake. */
  constructor(socket: Socket, options: TcpConnectionOptions, secure?: TLSSocket) {
    this.remoteAddress = options.remoteAddress
    this.#options = options
    this.#socket = socket
    if (secure && options.tls) this.security = new SocketSecurity(secure, options.tls)
    this.#adopt(socket)
  }

  onData(callback: (chunk: Uint8Array) => void): void {
    const first = !this.#onData
    this.#onData = callback
    if (first && !this.#handshaking) this.#listen()
  }

  onClose(callback: (error?: Error) => void): void {
    this.#onClose = callback
    if (this.#closed) queueMicrotask(() => this.#announceClose())
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback
  }

  get bufferedBytes(): number {
    return this.#pending.length + this.#socket.writableLength
  }

  write(text: string): void {
    if (this.#ending || this.#closed || text === '') return
    if (this.#pending === '' && !this.#handshaking) flushLater(this)
    this.#pending += text
    if (!this.#overDrainMark && this.bufferedBytes > DRAIN_MARK) this.#overDrainMark = true
  }

  /** Hands what is pending to the socket in one write. */
  flush(): void {
    const text = this.#pending
    if (text === '' || this.#handshaking || this.#closed) return
    this.#pending = ''
    // A Buffer costs a quarter less CPU than a string here: TLS in Node copies strings once more.
    this.#socket.write(Buffer.from(text))
  }

  pause(): void {
    this.#paused = true
    if (!this.#handshaking) this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    if (!this.#handshaking && this.#onData) this.#socket.resume()
  }

  startTls(options?: StartTlsOptions): Promise<void> {
    const side = this.#options.tls
    if (this.#closed || this.#ending) return Promise.reject(new TransportError('closed', 'the connection is closed'))
    if (!side || this.security || this.#handshaking) {
      return Promise.reject(new TransportError('tls', side ? 'TLS is already in use' : 'TLS is not configured here'))
    }
    this.flush()
    this.#handshaking = true
    const plain = this.#release()
    const secure = side.wrap(plain, options?.servername)
    this.#socket = secure
    return new Promise((resolve, reject) => {
      awaitHandshake(secure, side, (error) => {
        this.#handshaking = false
        if (error) return this.#failed(error, reject)
        this.#secured(secure, side)
        resolve()
      })
    })
  }

  end(): void {
    if (this.#ending || this.#closed) return
    if (this.#handshaking) {
      this.destroy()
      return
    }
    this.#ending = true
    const socket = this.#socket
    const text = this.#pending
    this.#pending = ''
    if (text === '') socket.end()
    else socket.end(Buffer.from(text))
    // Nothing more is wanted, but the peer's FIN is behind whatever it sends.
    if (this.#paused || !this.#onData) socket.off('data', onSocketData).resume()
    const timer = setTimeout(() => socket.destroy(), this.#options.closeTimeout)
    timer.unref()
    socket.once('close', () => clearTimeout(timer))
  }

  destroy(error?: Error): void {
    if (this.#closed) return
    this.#error ??= error
    this.#pending = ''
    this.#ending = true
    this.#socket.destroy()
  }

  /** @internal */
  received(chunk: Uint8Array): void {
    this.#onData?.(chunk)
    if (!this.#isFresh) return
    // Nobody else writes to it yet. What is written now leaves together with the tickets of TLS.
    this.#isFresh = false
    this.flush()
  }

  /** @internal */
  failed(error: Error): void {
    this.#error ??= failure(error)
    this.#socket.destroy()
  }

  /** @internal */
  drained(): void {
    if (!this.#overDrainMark || this.#pending !== '') return
    this.#overDrainMark = false
    this.#onDrain?.()
  }

  /** @internal */
  closed(): void {
    if (this.#closed) return
    this.#closed = true
    this.#pending = ''
    this.#announceClose()
  }

  #adopt(socket: OwnedSocket): void {
    socket[OWNER] = this
    socket.on('end', onSocketEnd).on('error', onSocketError).on('_tlsError', onSocketError)
    socket.on('drain', onSocketDrain).on('close', onSocketClose)
  }

  #listen(): void {
    if (this.#paused) this.#socket.pause()
    this.#socket.on('data', onSocketData)
  }

  /** Takes the listeners off the plain socket and discards what it has read (RFC 6120 §5.3.3). */
  #release(): Socket {
    const socket = this.#socket
    socket.off('data', onSocketData).off('end', onSocketEnd).off('drain', onSocketDrain).off('close', onSocketClose)
    socket.pause()
    while (socket.read() !== null);
    return socket
  }

  #secured(secure: TLSSocket, side: TlsSide): void {
    this.security = new SocketSecurity(secure, side)
    this.#adopt(secure)
    this.#isFresh = true
    if (this.#pending !== '') flushLater(this)
    // The reactions to the promise come first, so that a new stream's parser is ready.
    if (this.#onData) setImmediate(() => this.#listen())
  }

  #failed(error: TransportError, reject: (error: Error) => void): void {
    this.#error ??= error
    reject(error)
    queueMicrotask(() => this.closed())
  }

  #announceClose(): void {
    const callback = this.#onClose
    this.#onClose = undefined
    callback?.(this.#error)
  }
}

function onSocketData(this: OwnedSocket, chunk: Uint8Array): void {
  this[OWNER]?.received(chunk)
}

/** The peer sends no more: neither do we, after what is pending. */
function onSocketEnd(this: OwnedSocket): void {
  this[OWNER]?.end()
}

function onSocketError(this: OwnedSocket, error: Error): void {
  this[OWNER]?.failed(error)
}

function onSocketDrain(this: OwnedSocket): void {
  this[OWNER]?.drained()
}

function onSocketClose(this: OwnedSocket): void {
  this[OWNER]?.closed()
}
