import type { SaxesStartTagPlain, SaxesTagPlain, XMLDecl } from 'saxes'
import { AttributeRecord } from './attributes.ts'
import { Budget } from './budget.ts'
import { skipSpace } from './characters.ts'
import type { Element } from './element.ts'
import { XmlError } from './errors.ts'
import { DEFAULT_PARSER_LIMITS, type ParserLimits } from './limits.ts'
import type { XmlParserOptions, XmlSink } from './parser-options.ts'
import { Restrictions } from './restrictions.ts'
import { forget, Saxes } from './saxes.ts'
import { StartTag } from './start-tag.ts'
import { Tree } from './tree.ts'

/**
 * The parser that is being fed. With it the handlers of saxes are the same for all parsers, which makes an idle one
 * smaller by a tenth.
 */
let reading: XmlParser

/** Thrown through saxes to leave it in the middle of a piece. */
const LEAVE = Symbol('leave')
const BYTE_ORDER_MARK = 0xfeff
const LESS_THAN = 0x3c
const AMPERSAND = 0x26

/**
 * Incremental parser for XML as XMPP restricts it (RFC 6120 §11): strict and namespace-aware, without comments,
 * processing instructions, DTD and entities of its own. Feed it any pieces; being fed slowly costs no more than being
 * fed at once, and octets are counted inside tokens too. After an error it must not be fed again before `reset()`.
 *
 * @example
 * const parser = new XmlParser({ element: (element) => console.log(element.name) })
 * parser.write('<a xmlns="urn:exam')
 * parser.write('ple"/>')
 */
export class XmlParser {
  readonly #sink: XmlSink
  readonly #tree: Tree
  readonly #tag = new StartTag()
  readonly #budget = new Budget()
  readonly #restrictions = new Restrictions()
  /** Made with the first text of a document. */
  #saxes: Saxes | undefined
  /** The begin of a reference or of markup that may be forbidden. */
  #held = ''
  /** The text that saxes is reading, and how many characters it was given before. */
  #text = ''
  #origin = 0
  /** Nothing but white space has come since the beginning, the XML declaration, or what was delivered last. */
  #resting = true
  #ended = false
  /** An element to be delivered, when it is certain that its end tag has its name. */
  #closed: Element | undefined
  #closedAt = 0

  constructor(sink: XmlSink, options: XmlParserOptions = {}) {
    this.#sink = sink
    this.#tree = new Tree(
      options.open === true ? 1 : 0,
      options.limits ?? DEFAULT_PARSER_LIMITS,
      options.open === true ? options.renaming : undefined,
    )
  }

  /** Whether nothing is half read: at the end of a document, or between the children of an open root. */
  get complete(): boolean {
    return this.#held === '' && this.#resting && !this.#isProlog
  }

  /** Whether nothing but white space and an XML declaration has been read since the beginning or `reset()`. */
  get blank(): boolean {
    return this.#held === '' && this.#resting && this.#isProlog
  }

  get #isProlog(): boolean {
    return !this.#ended && this.#tree.depth === 0
  }

  /** Other limits from now on; set by the sink, they hold for the rest of the piece, too. */
  setLimits(limits: ParserLimits): void {
    this.#tree.limits = limits
    this.#budget.limit = limits.maxBytes
  }

  /** Begins a new document. Called from within the sink, it discards the rest of the piece being written. */
  reset(): void {
    this.#saxes = undefined
    this.#tree.reset()
    this.#tag.clear()
    this.#budget.start(0)
    this.#restrictions.reset()
    this.#held = ''
    this.#release()
    this.#origin = 0
    this.#resting = true
    this.#ended = false
    this.#closed = undefined
  }

  /**
   * Reads the next piece.
   *
   * @param ascii whether it is certain that the piece has ASCII characters only: counting octets is quicker then
   * @throws {XmlError} whatever is wrong with the input
   */
  write(piece: string, ascii = false): void {
    try {
      this.#writeParts(piece, ascii)
    } catch (error) {
      if (error !== LEAVE) throw error
    }
  }

  #writeParts(piece: string, ascii: boolean): void {
    for (let index = 0; index < piece.length; ) {
      // No more than the limit allows is ever given to saxes.
      const end = index + this.#budget.room(this.#tree.limits.maxBytes)
      this.#writePart(index === 0 && end >= piece.length ? piece : piece.slice(index, end), ascii)
      index = end
    }
  }

  #writePart(part: string, ascii: boolean): void {
    let text = this.#held === '' ? part : this.#held + part
    const counted = ascii && this.#held === ''
    this.#held = ''
    if (this.#resting && !this.#isProlog) {
      const begin = this.#beginOfMarkup(text, 0)
      if (begin === text.length) return
      if (begin > 0) text = text.slice(begin)
    }
    if (this.#origin === 0 && text.charCodeAt(0) === BYTE_ORDER_MARK) throw this.#unexpectedText()
    const end = this.#restrictions.check(text)
    this.#feed(end === text.length ? text : text.slice(0, end), counted)
    if (this.#restrictions.fault !== undefined) {
      throw this.#resting && text.charCodeAt(end) === AMPERSAND ? this.#unexpectedText() : this.#restrictions.fault
    }
    if (end < text.length) this.#held = text.slice(end)
  }

  #feed(text: string, ascii: boolean): void {
    const saxes = this.#saxes ?? XmlParser.#newSaxes()
    this.#saxes = saxes
    const budget = this.#budget
    budget.begin(text, ascii, this.#tree.limits.maxBytes)
    this.#text = text
    this.#read(saxes, text)
    this.#deliver()
    // It would keep the text until the next one comes.
    saxes.write('')
    this.#origin += text.length
    if (this.#resting) {
      const begin = this.#beginOfMarkup(text, budget.from)
      if (begin < text.length) {
        this.#resting = false
        if (!this.#isProlog) budget.from = begin
      }
    }
    if (!this.#resting || this.#isProlog) budget.spend(text.length)
    this.#release()
  }

  #read(saxes: Saxes, text: string): void {
    // A sink may feed another parser.
    const outer = reading
    reading = this
    try {
      saxes.write(text)
    } catch (error) {
      // An error at the end tag itself is that it has another name.
      if (this.#closedAt < saxes.position) this.#deliver()
      throw error
    } finally {
      reading = outer
    }
  }

  /** After white space at `from`: the index of `<`, or the length of the text. */
  #beginOfMarkup(text: string, from: number): number {
    const begin = skipSpace(text, from)
    if (begin < text.length && text.charCodeAt(begin) !== LESS_THAN) throw this.#unexpectedText()
    return begin
  }

  #unexpectedText(): XmlError {
    return this.#tree.depth === 1 && this.#tree.base === 1
      ? new XmlError('unexpected-text', 'text between elements')
      : new XmlError('not-well-formed', 'text outside the root')
  }

  #release(): void {
    this.#text = ''
    this.#budget.release()
  }

  /** The index in the text after what saxes has read. */
  get #index(): number {
    return (this.#saxes as Saxes).position - this.#origin
  }

  static #newSaxes(): Saxes {
    const saxes = new Saxes()
    // With more than seven handlers V8 would make a slow dictionary of the object, four times as large.
    saxes.on('xmldecl', XmlParser.#onDeclaration)
    saxes.on('opentagstart', XmlParser.#onTagName)
    saxes.on('opentag', XmlParser.#onStartTag)
    saxes.on('closetag', XmlParser.#onEndTag)
    saxes.on('text', XmlParser.#onText)
    saxes.on('cdata', XmlParser.#onText)
    return saxes
  }

  static readonly #onDeclaration = (declaration: XMLDecl): void => reading.#readDeclaration(declaration)
  static readonly #onTagName = (tag: SaxesStartTagPlain): void => reading.#readTagName(tag)
  static readonly #onStartTag = (tag: SaxesTagPlain): void => reading.#readStartTag(tag)
  static readonly #onEndTag = (tag: SaxesTagPlain): void => reading.#readEndTag(tag)
  static readonly #onText = (text: string): void => reading.#readText(text)

  #readDeclaration({ encoding }: XMLDecl): void {
    if (encoding !== undefined && encoding.toUpperCase() !== 'UTF-8') {
      throw new XmlError('unsupported-encoding', 'an encoding other than UTF-8')
    }
    this.#budget.spend(this.#index)
    this.#resting = true
  }

  /** saxes gathers the attributes in what is put here, which becomes that of the element: its own would be slow. */
  #readTagName(written: SaxesStartTagPlain): void {
    this.#deliver()
    written.attributes = new AttributeRecord()
  }

  #readStartTag(written: SaxesTagPlain): void {
    const tag = this.#tag
    const tree = this.#tree
    tag.read(written, tree.limits)
    this.#resting = false
    const element = tree.open(tag)
    tag.clear()
    if (tree.base === 1 && tree.depth === 1) this.#open(element, written)
  }

  #open(root: Element, written: SaxesTagPlain): void {
    const saxes = this.#saxes
    forget(written)
    this.#rest()
    this.#sink.open?.(root, written.name, this.#tree.defaultNamespace, this.#tree.declaredNamespaces)
    if (saxes !== this.#saxes) throw LEAVE
    this.#tree.enter()
  }

  #readEndTag(written: SaxesTagPlain): void {
    this.#deliver()
    const tree = this.#tree
    const element = tree.close()
    if (tree.depth > tree.base) return
    this.#rest()
    if (tree.depth === 0) this.#ended = true
    forget(written)
    this.#closed = element
    this.#closedAt = this.#origin + this.#index
    if (written.isSelfClosing) this.#deliver()
  }

  /** What has been read is complete, and small enough. */
  #rest(): void {
    const index = this.#index
    this.#budget.check(index)
    this.#budget.start(index)
    this.#resting = true
  }

  /** saxes reports the end of an element before it compares the names; it comes here when it has. */
  #deliver(): void {
    const element = this.#closed
    if (element === undefined) return
    this.#closed = undefined
    const saxes = this.#saxes
    if (this.#ended && this.#tree.base === 1) this.#sink.close?.()
    else this.#sink.element(element)
    if (saxes !== this.#saxes) throw LEAVE
  }

  #readText(text: string): void {
    this.#deliver()
    const { depth, base } = this.#tree
    if (depth > base) this.#tree.text += text
    else if (!this.#isProlog) {
      // Not the text itself is looked at: white space may have been written as a reference or section.
      const index = this.#index - 1
      if (skipSpace(this.#text, this.#budget.from) < index) throw this.#unexpectedText()
      this.#budget.start(index)
    }
  }
}
