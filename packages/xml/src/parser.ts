import { Budget } from './budget.ts'
import { skipSpace } from './characters.ts'
import { declarationEnd } from './declaration.ts'
import { XmlError } from './errors.ts'
import { DEFAULT_PARSER_LIMITS, type ParserLimits } from './limits.ts'
import type { XmlParserOptions, XmlSink } from './parser-options.ts'
import { dereference, referenceEnd } from './references.ts'
import { emptyStartTag, readName, readStartTag, type StartTag } from './start-tag.ts'
import { tagContinues } from './tag-end.ts'
import { plainTextEnd, refuseText, sectionText, trailingBrackets } from './text.ts'
import { Tree } from './tree.ts'

const CDATA = '<![CDATA['
/** Held markup shorter than this is looked at afresh with each piece; longer, it can only be a tag. */
const UNDECIDED = CDATA.length
/** One for all parsers: a tag is read and used up within one call. */
const TAG: StartTag = emptyStartTag()

/** `prolog`: after the XML declaration or white space; `ended`: after the root. */
type State = 'start' | 'prolog' | 'content' | 'cdata' | 'ended'

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
  readonly #budget = new Budget()
  #state: State = 'start'
  /** What could not be read for want of the rest: the begin of a tag, a reference or the end of a CDATA section. */
  #held = ''
  #heldAscii = true
  /** Whether {@link #held} is the begin of a tag, and which quote is open at its end (code, 0 for none). */
  #heldTag = false
  #quote = 0
  /** The last piece ended with a carriage return, already read as a line end. */
  #skipLineFeed = false
  /** Number of `]` at the end of the character data of the last piece. */
  #brackets = 0
  #interrupted = false

  constructor(sink: XmlSink, options: XmlParserOptions = {}) {
    this.#sink = sink
    this.#tree = new Tree(options.open === true ? 1 : 0, options.limits ?? DEFAULT_PARSER_LIMITS)
  }

  /** Whether nothing is half read: at the end of a document, or between the children of an open root. */
  get complete(): boolean {
    if (this.#held !== '') return false
    return this.#state === 'ended' || (this.#state === 'content' && this.#tree.base === 1 && this.#tree.depth === 1)
  }

  /** Whether nothing but white space and an XML declaration has been read since the beginning or `reset()`. */
  get blank(): boolean {
    return this.#held === '' && (this.#state === 'start' || this.#state === 'prolog')
  }

  /** Other limits from the next piece on. */
  setLimits(limits: ParserLimits): void {
    this.#tree.limits = limits
  }

  /** Begins a new document. Called from within the sink, it discards the rest of the piece being written. */
  reset(): void {
    this.#tree.reset()
    this.#budget.rest()
    this.#state = 'start'
    this.#held = ''
    this.#heldTag = false
    this.#skipLineFeed = false
    this.#brackets = 0
    this.#interrupted = true
  }

  /**
   * Reads the next piece.
   *
   * @param ascii whether it is certain that the piece has ASCII characters only: counting octets is quicker then
   * @throws {XmlError} whatever is wrong with the input
   */
  write(piece: string, ascii = false): void {
    let text = piece
    let from = 0
    let onlyAscii = ascii
    if (this.#held !== '') {
      if (this.#heldTag) this.#quote = tagContinues(piece, 0, this.#quote)
      if (this.#heldTag && this.#quote !== -1) {
        this.#hold(piece, ascii)
        return
      }
      text = this.#held + piece
      from = this.#held.length
      onlyAscii = ascii && this.#heldAscii
      this.#held = ''
      this.#heldTag = false
    }
    this.#interrupted = false
    this.#budget.begin(from, onlyAscii, this.#tree.limits.maxBytes, from > 0 || !this.#atRest())
    const skip = this.#skipLineFeed && text.charCodeAt(0) === 0x0a
    this.#skipLineFeed = false
    const end = this.#read(text, skip ? 1 : 0, onlyAscii)
    if (this.#interrupted) return
    if (this.#atRest()) this.#budget.start(end)
    this.#budget.spend(text, text.length)
  }

  /** Whether it stands between the elements it delivers. */
  #atRest(): boolean {
    return this.#state === 'content' ? this.#tree.depth === this.#tree.base : this.#state === 'ended'
  }

  /** Adds a piece to a tag that does not end in it. */
  #hold(piece: string, ascii: boolean): void {
    this.#held += piece
    this.#heldAscii &&= ascii
    this.#budget.begin(0, ascii, this.#tree.limits.maxBytes, true)
    this.#budget.spend(piece, piece.length)
  }

  /** Reads all that can be read; returns the index of what must be held, or the length of the text. */
  #read(text: string, start: number, ascii: boolean): number {
    const length = text.length
    let index = start
    while (index < length) {
      const next = this.#step(text, index)
      if (this.#interrupted) return length
      if (next === -1) {
        this.#held = index === 0 ? text : text.slice(index)
        this.#heldAscii = ascii
        this.#heldTag =
          this.#held.length >= UNDECIDED && text.charCodeAt(index) === 0x3c && !text.startsWith('<?', index)
        if (this.#heldTag) this.#quote = tagContinues(this.#held, 1, 0)
        return index
      }
      index = next
    }
    return length
  }

  /** Reads one token; returns the index after it, or -1 when the text ends first. */
  #step(text: string, index: number): number {
    if (this.#state === 'cdata') return this.#readCdata(text, index)
    if (text.charCodeAt(index) !== 0x3c) return this.#readText(text, index)
    switch (text.charCodeAt(index + 1)) {
      case 0x2f:
        return this.#readEndTag(text, index)
      case 0x21:
        return this.#readSection(text, index)
      case 0x3f:
        return this.#readDeclaration(text, index)
      default:
        return index + 1 < text.length ? this.#readStartTag(text, index) : -1
    }
  }

  #readStartTag(text: string, index: number): number {
    if (this.#state === 'ended') throw new XmlError('not-well-formed', 'a second root')
    const tree = this.#tree
    if (tree.base === 1 && tree.depth === 1) this.#budget.start(index)
    const end = readStartTag(text, index, TAG, tree.limits)
    if (end === -1) return -1
    if (end > this.#budget.end) this.#budget.spend(text, end)
    this.#state = 'content'
    this.#brackets = 0
    const { selfClosing } = TAG
    const element = tree.open(TAG)
    if (tree.base === 1 && tree.depth === 1) {
      this.#budget.rest()
      this.#sink.open?.(element, tree.qualifiedName, tree.defaultNamespace, tree.declaredNamespaces)
      if (this.#interrupted) return end
    }
    if (selfClosing) this.#close()
    return end
  }

  #readEndTag(text: string, index: number): number {
    const { depth, limits } = this.#tree
    if (depth === 0) throw new XmlError('not-well-formed', 'an end tag without a start tag')
    const name = this.#tree.qualifiedName
    let end = index + 2 + name.length
    if (!text.startsWith(name, index + 2)) {
      if (text.length < end && name.startsWith(text.slice(index + 2))) return -1
      readName(text, index + 2, limits)
      throw new XmlError('not-well-formed', 'an end tag of another name')
    }
    if (text.charCodeAt(end) !== 0x3e) end = skipSpace(text, end)
    if (end >= text.length) return -1
    if (text.charCodeAt(end) !== 0x3e) throw new XmlError('not-well-formed', 'malformed end tag')
    end++
    if (end > this.#budget.end) this.#budget.spend(text, end)
    this.#brackets = 0
    this.#close()
    return end
  }

  #close(): void {
    const tree = this.#tree
    const element = tree.close()
    if (tree.depth === 0) this.#state = 'ended'
    if (tree.depth > tree.base) return
    this.#budget.rest()
    if (tree.depth === tree.base) this.#sink.element(element)
    else this.#sink.close?.()
  }

  /** After `<!`: a CDATA section, or what XMPP forbids. */
  #readSection(text: string, index: number): number {
    if (text.startsWith(CDATA, index)) {
      if (this.#tree.depth <= this.#tree.base) refuseText(this.#state === 'content')
      this.#state = 'cdata'
      return index + CDATA.length
    }
    if (text.length - index < CDATA.length && CDATA.startsWith(text.slice(index))) return -1
    throw new XmlError('restricted-xml', 'comment or document type declaration')
  }

  #readDeclaration(text: string, index: number): number {
    if (this.#state !== 'start') throw new XmlError('restricted-xml', 'processing instruction')
    const end = declarationEnd(text.slice(index))
    if (end !== -1) this.#state = 'prolog'
    return end
  }

  #readCdata(text: string, index: number): number {
    const close = text.indexOf(']]>', index)
    const end = close === -1 ? text.length - trailingBrackets(text, index, text.length) : close
    if (end === index && close === -1) return -1
    const raw = text.slice(index, end)
    this.#tree.text += sectionText(raw)
    if (close === -1) {
      this.#skipLineFeed = end === text.length && raw.endsWith('\r')
      return end
    }
    this.#state = 'content'
    return close + 3
  }

  #readText(text: string, index: number): number {
    if (this.#tree.depth <= this.#tree.base) return this.#readSpace(text, index)
    const end = plainTextEnd(text, index)
    if (end > index) {
      const run = text.slice(index, end)
      this.#tree.text = this.#tree.text === '' ? run : this.#tree.text + run
    }
    if (end === text.length) {
      this.#brackets = this.#bracketsBefore(text, index, end)
      return end
    }
    return this.#readSpecial(text, index, end)
  }

  /** The `]` in a row before `end`, 2 at most; those of earlier pieces count when all of this run is such. */
  #bracketsBefore(text: string, run: number, end: number): number {
    const brackets = trailingBrackets(text, run, end)
    return brackets === end - run ? Math.min(2, this.#brackets + brackets) : brackets
  }

  /** At `index`, after a run of plain text from `run` on, stands a character that is not plain. */
  #readSpecial(text: string, run: number, index: number): number {
    const code = text.charCodeAt(index)
    if (code === 0x3c) return index
    if (code === 0x26) return this.#readReference(text, run, index)
    switch (code) {
      case 0x3e:
        if (this.#bracketsBefore(text, run, index) >= 2) throw new XmlError('not-well-formed', "']]>' in text")
        this.#tree.text += '>'
        this.#brackets = 0
        return index + 1
      case 0x0d:
        this.#tree.text += '\n'
        this.#brackets = 0
        this.#skipLineFeed = index + 1 === text.length
        return text.charCodeAt(index + 1) === 0x0a ? index + 2 : index + 1
      default:
        throw new XmlError('not-well-formed', 'a character that XML forbids')
    }
  }

  #readReference(text: string, run: number, index: number): number {
    const end = referenceEnd(text, index)
    if (end === -1) return run === index ? -1 : index
    this.#tree.text += dereference(text.slice(index + 1, end))
    this.#brackets = 0
    return end + 1
  }

  #readSpace(text: string, index: number): number {
    const end = skipSpace(text, index)
    if (end === index) refuseText(this.#state === 'content')
    if (this.#state === 'start') this.#state = 'prolog'
    return end
  }
}
