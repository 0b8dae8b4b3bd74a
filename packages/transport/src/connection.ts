import type { TlsSecurity } from './tls-security.ts'

/** What {@link Connection.startTls} may be told. */
export interface StartTlsOptions {
  /**
   * The domain meant by the peer, in ASCII form. A server presents this domain's certificate to a client that sends no
   * SNI (the stream's `to`); a client sends it as SNI and verifies the certificate against it.
   * A client connection has it already when it was given at connecting.
   */
  readonly servername?: string
}

/**
 * A two-way, ordered, reliable stream of text between two parties: the only thing XMPP streams need of TCP.
 *
 * Nothing is read before {@link onData} is given a callback, so nothing that arrives early is lost.
 * Each `on…` method holds one callback; giving another replaces it.
 *
 * @example
 * ```ts
 * const [client, server] = createMemoryPair()
 * server.onData((chunk) => server.write(`you said ${chunk}`))
 * client.write('hello')
 * ```
 */
export interface Connection {
  /** The peer's address for logs and limits, such as `192.0.2.7` or `2001:db8::1`; no port. */
  readonly remoteAddress: string
  /** What TLS negotiated; undefined while the connection is plain text. */
  readonly security: TlsSecurity | undefined
  /** Sets who receives what the peer sends. A chunk may end anywhere, also inside a UTF-8 sequence. */
  onData(callback: (chunk: Uint8Array | string) => void): void
  /**
   * Sets who hears, exactly once, that the connection is closed both ways: with the error that ended it, or without
   * one after an orderly end by either side. Set after the closing, it is called in a microtask.
   */
  onClose(callback: (error?: Error) => void): void
  /** Sets who hears that {@link bufferedBytes} is back to 0 after having exceeded {@link DRAIN_MARK}. */
  onDrain(callback: () => void): void
  /**
   * Sends text. It returns at once; all that is written in one turn of the event loop leaves together, but what answers the
   * first that was read may leave before the rest.
   * After `end()`, `destroy()` or closing it does nothing.
   */
  write(text: string): void
  /** Bytes accepted by `write` and not yet handed to the operating system or the peer. Text may be counted in UTF-16 units. */
  readonly bufferedBytes: number
  /** Stops reading; the peer feels it. At most what was already in flight is still delivered after `resume()`. */
  pause(): void
  /** Reads again. Data is never delivered inside this call. */
  resume(): void
  /**
   * Turns the plain connection into a TLS one, as client or server as it was made. What was written before leaves first,
   * in plain text; what is written meanwhile waits for the handshake. Everything received in plain text and not yet
   * delivered is discarded (RFC 6120 §5.3.3, §5.4.3.3). Call it in the turn in which `<proceed/>` was written or read.
   * Rejects with a {@link TransportError}, and the connection is closed, when the handshake fails.
   */
  startTls(options?: StartTlsOptions): Promise<void>
  /** Sends what is buffered, then closes in order (close_notify, FIN); destroys after a bounded time. Idempotent. */
  end(): void
  /** Drops the connection and all that is buffered now. The error, if any, is what `onClose` hears. Idempotent. */
  destroy(error?: Error): void
}

/** Bytes buffered beyond which a writer should wait for {@link Connection.onDrain}: 64 KiB. */
export const DRAIN_MARK = 65_536

/** Something that accepts connections. */
export interface Listener {
  /** Where it listens; the port is the real one also when 0 was asked for. */
  readonly address: { readonly host: string; readonly port: number }
  /** Stops accepting; connections already accepted live on. Resolves when the port is free. Idempotent. */
  close(): Promise<void>
}
