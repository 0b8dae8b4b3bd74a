import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from 'saxes'
import { attributesOf, ItemBuilder } from './item-builder.ts'
import { PortableDataError } from './portable-data-error.ts'
import type { ElementName, FoundEvent, Place } from './portable-event.ts'
import { CONTAINERS, PORTABLE_DATA_NAMESPACE, XINCLUDE_NAMESPACE } from './wire.ts'

/** Bounds on what a reader takes. */
export interface PortableDataLimits {
  /** UTF-16 units of one item, and of anything else that lies between two events. Default 16 Mi. */
  readonly maxItemLength: number
  /** Elements open at a time inside an item, itself included. Default 200. */
  readonly maxDepth: number
}

export const DEFAULT_PORTABLE_DATA_LIMITS: PortableDataLimits = { maxItemLength: 16 * 1024 * 1024, maxDepth: 200 }

export interface PortableDataReaderOptions {
  /** Where the document stands: `'document'`, or where another one includes it. Default `'document'`. */
  readonly place?: Place
  /** Children of `<user/>` whose children are given one by one. Default {@link CONTAINERS}. */
  readonly containers?: readonly ElementName[]
  readonly limits?: PortableDataLimits
}

/** What is open, outside of items. `ignored`: an element that the format does not know. */
type Level = Place | 'container' | 'ignored'

/** UTF-16 units given to the parser at a time; between two of them the limits are looked at. */
const PIECE = 65_536
const OPTIONS = { xmlns: true, position: false } as const

/**
 * saxes with errors of our own, which it throws. No handler more than it has: with a seventh, V8 would look its fields up in a
 * table, for each character.
 */
class DocumentParser extends SaxesParser<typeof OPTIONS> {
  constructor() {
    super(OPTIONS)
  }

  override makeError(message: string): PortableDataError {
    return new PortableDataError('not-well-formed', message, this.line)
  }
}

/**
 * Reads a document piece by piece. Takes as much memory as one item and one piece, whatever the size of the document. After
 * an error it must not be fed again.
 *
 * @example
 * const reader = new PortableDataReader()
 * for (const chunk of chunks) for (const event of reader.write(chunk)) console.log(event.type)
 * for (const event of reader.end()) console.log(event.type)
 */
export class PortableDataReader {
  readonly #parser = new DocumentParser()
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  readonly #limits: PortableDataLimits
  readonly #containers: readonly ElementName[]
  readonly #levels: Level[]
  readonly #item = new ItemBuilder()
  #within: ElementName | undefined
  #events: FoundEvent[] = []
  /** Where the last event, or the last tag of what is ignored, was. */
  #mark = 0

  constructor({ place = 'document', containers = CONTAINERS, limits }: PortableDataReaderOptions = {}) {
    this.#levels = [place]
    this.#containers = containers
    this.#limits = limits ?? DEFAULT_PORTABLE_DATA_LIMITS
    const parser = this.#parser
    parser.on('opentag', (tag) => this.#opened(tag))
    parser.on('closetag', () => this.#closed())
    parser.on('text', (text) => this.#text(text))
    parser.on('cdata', (text) => this.#text(text))
    parser.on('doctype', () => this.#fail('unsupported', 'a document type declaration'))
    parser.on('xmldecl', ({ encoding }) => this.#checkEncoding(encoding))
  }

  /** The line that is being read. */
  get line(): number {
    return this.#parser.line
  }

  /** What the piece completes. Octets are UTF-8. @throws PortableDataError */
  write(piece: Uint8Array | string): FoundEvent[] {
    const text = typeof piece === 'string' ? piece : this.#decode(piece, true)
    for (let at = 0; at < text.length; at += PIECE) {
      this.#parser.write(text.slice(at, at + PIECE))
      if (this.#parser.position - this.#mark > this.#limits.maxItemLength + PIECE)
        this.#fail('limit-exceeded', `something longer than ${this.#limits.maxItemLength} characters`)
    }
    return this.#take()
  }

  /** The document is over. @throws PortableDataError */
  end(): FoundEvent[] {
    this.#parser.write(this.#decode(new Uint8Array(0), false))
    this.#parser.close()
    return this.#take()
  }

  #take(): FoundEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  #decode(octets: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(octets, { stream })
    } catch (error) {
      throw new PortableDataError('not-well-formed', 'octets that are not UTF-8', this.line, { cause: error })
    }
  }

  #checkEncoding(encoding: string | undefined): void {
    if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding))
      this.#fail('unsupported', `the encoding ${encoding}: convert it to UTF-8`)
  }

  #fail(code: PortableDataError['code'], message: string): never {
    throw new PortableDataError(code, message, this.line)
  }

  #tell(event: FoundEvent): void {
    this.#events.push(event)
    this.#mark = this.#parser.position
  }

  #text(text: string): void {
    if (this.#item.depth > 0) this.#item.text(text)
  }

  #opened(tag: SaxesTagNS): void {
    if (this.#item.depth > 0) this.#beginElement(tag)
    else this.#enter(tag)
  }

  #beginElement(tag: SaxesTagNS): void {
    if (this.#item.depth >= this.#limits.maxDepth) this.#fail('limit-exceeded', 'elements nested too deeply')
    this.#item.begin(tag)
  }

  #enter(tag: SaxesTagNS): void {
    const level = this.#levels.at(-1) as Level
    if (level === 'container') this.#beginElement(tag)
    else if (level === 'ignored') {
      this.#mark = this.#parser.position
      this.#levels.push('ignored')
    } else if (isInclusion(tag) && level !== 'document') this.#include(tag)
    else if (level === 'user') this.#enterPart(tag)
    else this.#enterStructure(tag, level)
  }

  #enterPart(tag: SaxesTagNS): void {
    this.#within = this.#containers.find(({ name, namespace }) => tag.local === name && tag.uri === namespace)
    if (this.#within) this.#levels.push('container')
    else this.#beginElement(tag)
  }

  #enterStructure(tag: SaxesTagNS, level: 'document' | 'server-data' | 'host'): void {
    const name = tag.uri === PORTABLE_DATA_NAMESPACE ? tag.local : ''
    const isRoot = level === 'document'
    if (name === 'server-data' && isRoot) this.#levels.push('server-data')
    else if (name === 'host' && level !== 'host') this.#host(tag)
    else if (name === 'user' && level !== 'server-data') this.#user(tag)
    else if (isRoot) this.#fail('not-portable-data', `<${tag.name}/> is none of XEP-0227`)
    else this.#ignore(tag)
  }

  #host(tag: SaxesTagNS): void {
    this.#levels.push('host')
    this.#tell({ type: 'host', domain: this.#required(tag, 'jid') })
  }

  #user(tag: SaxesTagNS): void {
    this.#levels.push('user')
    const { password } = attributesOf(tag)
    const name = this.#required(tag, 'name')
    this.#tell({ type: 'user', name, ...(password !== undefined && { password }) })
  }

  #required(tag: SaxesTagNS, attribute: 'jid' | 'name'): string {
    const value = attributesOf(tag)[attribute]
    return value || this.#fail('not-portable-data', `<${tag.local}/> without ${attribute}`)
  }

  /** XEP-0227 §5: a relative `href`, neither `parse` nor `xpointer`; others are not supported. */
  #include(tag: SaxesTagNS): void {
    const { href, parse, xpointer } = attributesOf(tag)
    const isSupported = href && parse === undefined && xpointer === undefined && !/^([a-z][a-z0-9+.-]*:|\/)/i.test(href)
    if (isSupported) {
      this.#levels.push('ignored')
      this.#tell({ type: 'include', href })
    } else this.#ignore(tag)
  }

  #ignore(tag: SaxesTagNS): void {
    this.#levels.push('ignored')
    this.#tell({ type: 'unknown', name: { name: tag.local, namespace: tag.uri }, line: this.line })
  }

  #closed(): void {
    if (this.#item.depth > 0) {
      const element = this.#item.end()
      if (element) this.#tell({ type: 'item', element, ...(this.#within && { within: this.#within }) })
      return
    }
    const left = this.#levels.pop()
    if (left === 'container') this.#within = undefined
    if (left === 'host') this.#tell({ type: 'host-end' })
    if (left === 'user') this.#tell({ type: 'user-end' })
    this.#mark = this.#parser.position
  }
}

const isInclusion = (tag: { uri: string; local: string; attributes: Record<string, SaxesAttributeNS> }): boolean =>
  tag.uri === XINCLUDE_NAMESPACE && tag.local === 'include'
