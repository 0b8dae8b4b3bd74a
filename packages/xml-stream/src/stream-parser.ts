import { type Element, XmlError, type XmlErrorCode, XmlParser } from '@parlour/xml'
import type { ContentNamespace } from './content-namespace.ts'
import { readHeader, readOpen, type StreamHeader } from './header.ts'
import { DEFAULT_LIMITS, parserLimits, type StreamLimits } from './limits.ts'
import { CONTENT_NAMESPACES, FRAMING_NAMESPACE } from './namespaces.ts'
import { StreamError, type StreamErrorCondition } from './stream-error.ts'
import { Utf8Decoder } from './utf8.ts'

/** Who receives what a {@link StreamParser} finds. What a handler throws, `write` throws; the parser is stopped then. */
export interface StreamHandler {
  /** The stream has begun. */
  header(header: StreamHeader): void
  /** A first-level element: stanza, features, error, negotiation. */
  element(element: Element): void
  /** The peer has closed its stream; `seeOtherUri` only in the WebSocket framing (RFC 7395 §3.6.1). */
  footer(seeOtherUri?: string): void
  /** What the peer sent ends the stream. Nothing is read after it, until `reset()`. */
  error(error: StreamError): void
}

/** How streams are laid out: RFC 6120 on TCP, RFC 7395 on WebSocket. */
export type Framing = 'tcp' | 'websocket'

/** How a {@link StreamParser} reads. */
export interface StreamParserOptions {
  /** Default `tcp`. With `websocket` each write is one whole message. */
  readonly framing?: Framing | undefined
  /** Default {@link DEFAULT_LIMITS}. */
  readonly limits?: StreamLimits | undefined
  /** Content namespaces that are supported; default `jabber:client` and `jabber:server`. */
  readonly contentNamespaces?: readonly string[] | undefined
  /**
   * Delivers what is in the content namespace `from` as in `to`, for those who treat all streams alike: a server that
   * knows its stanzas in `jabber:client` only (RFC 6120 §4.8.3). The header keeps what was written. A first-level element
   * that is itself written in `to` is delivered as in `from`, and so still told apart. In the framing `tcp` only.
   */
  readonly contentNamespace?: ContentNamespace | undefined
}

const CONDITIONS: Readonly<Record<XmlErrorCode, StreamErrorCondition>> = {
  'illegal-character': 'not-well-formed',
  'illegal-name': 'not-well-formed',
  'not-well-formed': 'not-well-formed',
  // RFC 6120 §4.9.3.13: its example of what is not namespace-well-formed is a prefix that is not declared.
  'bad-namespace-prefix': 'not-well-formed',
  'restricted-xml': 'restricted-xml',
  'unsupported-encoding': 'unsupported-encoding',
  'unexpected-text': 'invalid-xml',
  'limit-exceeded': 'policy-violation',
}

/** Pieces larger than this are read in parts, so that limits hold before much memory is taken. */
const MAX_PIECE = 65_536

/**
 * Reads an XMPP stream from pieces of any size: header, first-level elements, footer, or the one error that ends it.
 *
 * @example
 * const parser = new StreamParser({ header() {}, element: (element) => console.log(element.name), footer() {}, error() {} })
 * parser.write("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><message/>")
 */
export class StreamParser {
  readonly #handler: StreamHandler
  readonly #framing: Framing
  readonly #contentNamespaces: readonly string[]
  readonly #parser: XmlParser
  readonly #decoder = new Utf8Decoder()
  #state: 'before' | 'open' | 'stopped' = 'before'
  /** Whether the handler is at work: what it throws is not the peer's fault. */
  #delivering = false
  /** Counts `reset()`, so that the rest of a piece can be discarded. */
  #streams = 0
  /** Half of a character that a string ended with. */
  #surrogate = ''

  constructor(handler: StreamHandler, options: StreamParserOptions = {}) {
    this.#handler = handler
    this.#framing = options.framing ?? 'tcp'
    this.#contentNamespaces = options.contentNamespaces ?? CONTENT_NAMESPACES
    this.#parser = new XmlParser(this.#sink(), {
      open: this.#framing === 'tcp',
      limits: parserLimits(options.limits ?? DEFAULT_LIMITS),
      renaming: options.contentNamespace,
    })
  }

  /** Reads the next piece; in the WebSocket framing, the next message. Never throws for what the peer sent. */
  write(chunk: Uint8Array | string): void {
    if (this.#state === 'stopped') return
    try {
      if (this.#framing === 'websocket') this.#writeMessage(chunk)
      else this.#writeAll(chunk)
    } catch (error) {
      if (this.#delivering) {
        this.#delivering = false
        this.#state = 'stopped'
        throw error
      }
      this.#fail(error, chunk)
    }
  }

  /** The connection has ended. A stream that is cut off in the middle is an error, `not-well-formed`. */
  end(): void {
    if (this.#state === 'stopped') return
    const complete = this.#state === 'before' ? this.#parser.blank : this.#parser.complete
    const cut = !complete || this.#decoder.incomplete || this.#surrogate !== ''
    this.#state = 'stopped'
    if (cut) this.#handler.error(new StreamError('not-well-formed', 'the stream was cut off'))
  }

  /**
   * A new stream begins on the same connection, after TLS or SASL (RFC 6120 §4.3.3). Called by a handler, it discards
   * the rest of the piece being read: nothing sent before the restart may count after it.
   */
  reset(): void {
    this.#streams++
    this.#state = 'before'
    this.#decoder.reset()
    this.#surrogate = ''
    this.#parser.reset()
  }

  /** Other limits, for instance once the peer is authenticated; they hold for what stands behind in the same piece, too. */
  setLimits(limits: StreamLimits): void {
    this.#parser.setLimits(parserLimits(limits))
  }

  /** Ignores all further input, also the rest of the piece being read, until `reset()`. */
  stop(): void {
    this.#parser.reset()
    this.#state = 'stopped'
  }

  #sink() {
    return {
      open: (root: Element, qualifiedName: string, defaultNamespace: string, declared: readonly string[]) => {
        this.#openStream(readHeader(root, qualifiedName, defaultNamespace, declared, this.#contentNamespaces))
      },
      element: (element: Element) => {
        if (this.#framing === 'websocket') this.#message = element
        else this.#deliver(element)
      },
      close: () => this.#closeStream(undefined),
    }
  }

  #message: Element | undefined

  #writeAll(chunk: Uint8Array | string): void {
    const streams = this.#streams
    for (let index = 0; index < chunk.length; index += MAX_PIECE) {
      const whole = chunk.length <= MAX_PIECE
      if (typeof chunk === 'string') this.#writeText(whole ? chunk : chunk.slice(index, index + MAX_PIECE))
      else this.#writeBytes(whole ? chunk : chunk.subarray(index, index + MAX_PIECE))
      if (streams !== this.#streams || this.#state === 'stopped') return
    }
  }

  #writeBytes(bytes: Uint8Array): void {
    const fresh = !this.#decoder.incomplete
    const text = this.#decoder.decode(bytes)
    if (text !== '') this.#parser.write(text, fresh && text.length === bytes.length)
    // Unless the stream has ended, or begun anew, before the octets that are at fault.
    if (this.#decoder.failed && this.#state !== 'stopped') throw new StreamError('unsupported-encoding', 'not UTF-8')
  }

  #writeText(piece: string): void {
    let text = this.#surrogate + piece
    const last = text.charCodeAt(text.length - 1)
    this.#surrogate = last >= 0xd800 && last < 0xdc00 ? text.slice(-1) : ''
    if (this.#surrogate !== '') text = text.slice(0, -1)
    if (!text.isWellFormed()) throw new StreamError('not-well-formed', 'a lone surrogate')
    if (text !== '') this.#parser.write(text)
  }

  /** RFC 7395 §3.3.3: a message is one complete element. */
  #writeMessage(chunk: Uint8Array | string): void {
    this.#message = undefined
    this.#parser.reset()
    this.#writeAll(chunk)
    if (this.#decoder.incomplete || this.#surrogate !== '' || !this.#parser.complete || this.#message === undefined) {
      throw new StreamError('not-well-formed', 'a message is one complete element')
    }
    this.#deliverMessage(this.#message)
  }

  #deliverMessage(element: Element): void {
    if (this.#state === 'before') this.#openStream(readOpen(element, this.#contentNamespaces[0] as string))
    else if (element.is('close', FRAMING_NAMESPACE)) this.#closeStream(element.attribute('see-other-uri'))
    else this.#deliver(element)
  }

  #openStream(header: StreamHeader): void {
    this.#state = 'open'
    this.#delivering = true
    this.#handler.header(header)
    this.#delivering = false
  }

  #deliver(element: Element): void {
    this.#delivering = true
    this.#handler.element(element)
    this.#delivering = false
  }

  #closeStream(seeOtherUri: string | undefined): void {
    this.stop()
    this.#delivering = true
    if (seeOtherUri === undefined) this.#handler.footer()
    else this.#handler.footer(seeOtherUri)
    this.#delivering = false
  }

  #fail(cause: unknown, chunk: Uint8Array | string): void {
    const error = streamError(cause, this.#state === 'before' && hasNull(chunk))
    this.stop()
    this.#handler.error(error)
  }
}

function streamError(cause: unknown, utf16: boolean): StreamError {
  if (cause instanceof StreamError) return cause
  if (!(cause instanceof XmlError)) throw cause
  const condition = CONDITIONS[cause.code]
  if (utf16 && condition === 'not-well-formed') return new StreamError('unsupported-encoding', 'not UTF-8', { cause })
  return new StreamError(condition, cause.message, { cause })
}

/** Null octets before the header are how ASCII looks in UTF-16 and UTF-32 (XML 1.0 appendix F). */
function hasNull(chunk: Uint8Array | string): boolean {
  return typeof chunk === 'string' ? chunk.includes('\0') : chunk.includes(0)
}
