import type { Jid } from '@parlour/jid'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import type { EnableGrant } from '@parlour/stream-management'
import type { Environment, Resumption } from '@parlour/stream-negotiation'
import type { Connection } from '@parlour/transport'
import { type Element, serialize } from '@parlour/xml'
import {
  STREAM_NAMESPACE,
  StreamError,
  type StreamHandler,
  type StreamHeader,
  type StreamWriter,
} from '@parlour/xml-stream'

/** What was agreed upon while the stream was opened. */
export interface StreamAgreement {
  /** The full JID that the server bound (RFC 6120 §4.3.6). */
  readonly jid: Jid
  /** The features of the last stream, for what is offered beside binding. */
  readonly features: Element
  /** The server's header of the last stream. */
  readonly header: StreamHeader
  /** The SASL mechanism that was used. */
  readonly mechanism: string
  /** What became of the session that was to be resumed (XEP-0198 §5); absent if none was asked for. */
  readonly resumption?: Resumption | undefined
  /** Stream management, where it was enabled along with binding (XEP-0386). */
  readonly enabled?: EnableGrant | undefined
  /** What {@link SessionWish.inline} asked for and was done along with binding, by feature. */
  readonly inline?: ReadonlySet<string> | undefined
}

/** The parts that an opened stream takes over. */
export interface OpenedParts {
  readonly connection: Connection
  readonly writer: StreamWriter
  readonly environment: Environment
  readonly closingTimeout: number
}

/** A stream that is authenticated and bound: stanzas flow. */
export class OpenedClientStream implements StreamHandler {
  readonly agreement: StreamAgreement
  readonly #parts: OpenedParts
  /** What arrived before somebody listened. */
  #early: Element[] = []
  #onElement: ((element: Element) => void) | undefined
  #onClose: ((error?: Error) => void) | undefined
  #error: Error | undefined
  #isClosing = false
  #closed = false
  #cancelTimer: (() => void) | undefined
  readonly #waiters: (() => void)[] = []

  constructor(agreement: StreamAgreement, parts: OpenedParts) {
    this.agreement = agreement
    this.#parts = parts
    parts.connection.pause()
    parts.connection.onClose((error) => this.#lost(error))
  }

  get jid(): Jid {
    return this.agreement.jid
  }

  /** TLS protects the stream. */
  get secure(): boolean {
    return this.#parts.connection.security !== undefined
  }

  /** Bytes accepted by {@link send} that the server has not taken yet. */
  get bufferedBytes(): number {
    return this.#parts.connection.bufferedBytes
  }

  /** Sends an element, or text that is serialized already in `jabber:client`. Nothing happens after {@link close}. */
  send(stanza: Element | string): void {
    if (this.#isClosing) return
    this.#parts.connection.write(typeof stanza === 'string' ? stanza : serialize(stanza, CLIENT_NAMESPACE))
  }

  /** Sets who receives first-level elements, in order, beginning with those that came before. Another call replaces it. */
  onElement(callback: (element: Element) => void): void {
    this.#onElement = callback
    const early = this.#early
    this.#early = []
    for (const element of early) callback(element)
    this.#parts.connection.resume()
  }

  /**
   * Sets who hears, once, that the stream is over: without an error after {@link close} or the server's `</stream>`;
   * otherwise with the server's {@link StreamError}, the fault in what it sent, or what ended the connection.
   */
  onClose(callback: (error?: Error) => void): void {
    this.#onClose = callback
    if (this.#closed) this.#announce()
  }

  /** Sends `</stream>`, waits a bounded time for the server's (RFC 6120 §4.4), and ends the connection. Resolves then. */
  close(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#sayFarewell('')
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  /** Drops the connection. */
  destroy(): void {
    this.#isClosing = true
    this.#parts.connection.destroy()
  }

  /** @internal A header has no place in an established stream. */
  header(): void {
    this.error(new StreamError('invalid-xml'))
  }

  /** @internal */
  element(element: Element): void {
    if (element.namespace === STREAM_NAMESPACE) this.#streamElement(element)
    else if (this.#onElement) this.#onElement(element)
    else this.#early.push(element)
  }

  /** @internal The server's `</stream>`. */
  footer(): void {
    this.#sayFarewell('')
    this.#parts.connection.end()
  }

  /** @internal What the server sent is not XML as it must be. */
  error(error: StreamError): void {
    this.#error ??= error
    this.#sayFarewell(this.#parts.writer.error(error))
    this.#parts.connection.end()
  }

  #streamElement(element: Element): void {
    if (!element.is('error', STREAM_NAMESPACE)) return
    this.#error ??= StreamError.fromElement(element)
    this.footer() // RFC 6120 §4.9.1.1: the stream is over
  }

  #sayFarewell(lastWords: string): void {
    if (this.#isClosing) return
    this.#isClosing = true
    const { connection, writer, environment, closingTimeout } = this.#parts
    connection.write(lastWords + writer.footer())
    connection.resume()
    this.#cancelTimer = environment.setTimer(closingTimeout, () => connection.end())
  }

  #lost(error: Error | undefined): void {
    this.#cancelTimer?.()
    this.#closed = true
    this.#isClosing = true
    this.#error ??= error
    this.#announce()
    for (const resolve of this.#waiters) resolve()
  }

  #announce(): void {
    const callback = this.#onClose
    this.#onClose = undefined
    callback?.(this.#error)
  }
}
