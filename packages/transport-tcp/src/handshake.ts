import type { TLSSocket } from 'node:tls'
import { TransportError } from '@parlour/transport'
import { failure } from './failure.ts'
import type { Verdict } from './verdict.ts'

/** Where a TLS side comes from: the server's or the client's settings around a connected plain socket. */
export interface TlsSide {
  readonly isServer: boolean
  /** Milliseconds that the handshake may take. */
  readonly handshakeTimeout: number
  /** Judges the chain that the peer presented in a handshake; undefined if it is accepted. */
  verify(chain: readonly Uint8Array[], verdict: Verdict): Promise<string | undefined>
  /** Begins the handshake. */
  wrap(socket: import('node:net').Socket, servername: string | undefined): TLSSocket
}

/** Calls back once the handshake is done, or with why it failed; the socket is destroyed then. */
export function awaitHandshake(
  socket: TLSSocket,
  side: TlsSide,
  done: (error: TransportError | undefined) => void,
): void {
  let settled = false
  const ready = side.isServer ? 'secure' : 'secureConnect'
  const timer = setTimeout(
    () => settle(new TransportError('timeout', 'the TLS handshake took too long')),
    side.handshakeTimeout,
  )
  const onReady = () => settle(undefined)
  const onError = (error: unknown) => settle(failure(error))
  const onClose = () => settle(new TransportError('closed', 'the connection closed during the TLS handshake'))
  const settle = (error: TransportError | undefined) => {
    if (settled) return
    settled = true
    clearTimeout(timer)
    socket.off(ready, onReady).off('close', onClose).off('end', onClose)
    // A failed socket keeps its error listener: OpenSSL may report more than once.
    if (error) socket.destroy()
    else socket.off('error', onError)
    done(error)
  }
  socket.on(ready, onReady).on('error', onError).on('close', onClose).on('end', onClose)
}
