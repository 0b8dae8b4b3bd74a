import { type Element, el, escapeAttribute, type Prefixes, serialize } from '@parlour/xml'
import type { StreamHeader } from './header.ts'
import { DIALBACK_NAMESPACE, FRAMING_NAMESPACE, STREAM_NAMESPACE } from './namespaces.ts'
import type { StreamError } from './stream-error.ts'
import type { Framing } from './stream-parser.ts'

const STREAM_ALONE: Prefixes = { [STREAM_NAMESPACE]: 'stream' }

/** How a {@link StreamWriter} writes. */
export interface StreamWriterOptions {
  /** Default `tcp`. */
  readonly framing?: Framing | undefined
  /** The content namespace of the stream, `jabber:client` or `jabber:server` (RFC 6120 §4.8.2). */
  readonly contentNamespace: string
  /** Further namespaces to declare on the header, by namespace, such as `{ 'jabber:server:dialback': 'db' }`. */
  readonly prefixes?: Prefixes | undefined
}

/**
 * Writes an XMPP stream: what each method returns is to be sent, in the WebSocket framing as one message.
 *
 * @example
 * const writer = new StreamWriter({ contentNamespace: 'jabber:client' })
 * writer.header({ to: 'example.com', version: '1.0', namespace: 'jabber:client' })
 */
export class StreamWriter {
  readonly #websocket: boolean
  readonly #contentNamespace: string
  readonly #declared: Prefixes
  #prefixes: Prefixes

  constructor(options: StreamWriterOptions) {
    this.#websocket = options.framing === 'websocket'
    this.#contentNamespace = options.contentNamespace
    this.#declared = options.prefixes ? { ...options.prefixes, [STREAM_NAMESPACE]: 'stream' } : STREAM_ALONE
    this.#prefixes = this.#declared
  }

  /**
   * The stream header with its XML declaration (RFC 6120 §4.7, §11.5), or `<open/>` (RFC 7395 §3.4). After a header that
   * declares dialback, its elements are written with the prefix `db` (XEP-0220 §2).
   */
  header(header: StreamHeader): string {
    const { from, to, id, version, lang } = header
    if (this.#websocket) return serialize(el('open', FRAMING_NAMESPACE, { from, to, id, version, 'xml:lang': lang }))
    this.#prefixes = header.dialback ? { [DIALBACK_NAMESPACE]: 'db', ...this.#declared } : this.#declared
    const namespaces = attribute('xmlns', this.#contentNamespace)
    const addresses = attribute('from', from) + attribute('to', to)
    const others = attribute('id', id) + attribute('version', version) + attribute('xml:lang', lang)
    return `<?xml version='1.0'?><stream:stream${namespaces}${addresses}${others}${declarations(this.#prefixes)}>`
  }

  /** A first-level element. */
  element(element: Element): string {
    // RFC 7395 §3.3.3: each message is a document of its own, so every namespace is declared in it.
    if (this.#websocket) return serialize(element)
    return serialize(element, this.#contentNamespace, this.#prefixes)
  }

  /** The end of the stream (RFC 6120 §4.4), or `<close/>` (RFC 7395 §3.6). */
  footer(seeOtherUri?: string): string {
    if (!this.#websocket) return '</stream:stream>'
    return serialize(el('close', FRAMING_NAMESPACE, { 'see-other-uri': seeOtherUri }))
  }

  /** A stream error, without the footer that has to follow it (RFC 6120 §4.9.1.1). */
  error(error: StreamError): string {
    return this.element(error.toElement())
  }
}

/** ` name='value'`, or nothing. */
const attribute = (name: string, value: string | undefined): string =>
  value === undefined ? '' : ` ${name}='${escapeAttribute(value)}'`

const declarationTexts = new WeakMap<Prefixes, string>()

/** Of namespaces with a prefix. */
function declarations(prefixes: Prefixes): string {
  const known = declarationTexts.get(prefixes)
  if (known !== undefined) return known
  const texts = Object.keys(prefixes).map((namespace) => attribute(`xmlns:${prefixes[namespace]}`, namespace))
  const text = texts.join('')
  declarationTexts.set(prefixes, text)
  return text
}
