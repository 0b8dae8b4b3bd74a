import { XmlError } from './errors.ts'
import { referenceEnd } from './references.ts'

const SECTION = '<![CDATA['
const DECLARATION = '<?xml'
const LESS_THAN = 0x3c
/** References, and markup other than tags; also what may become such markup with the next text. */
const NOTABLE = /&|<[!?]|<$/g

/**
 * Looks through texts, before the parser gets them, for what XMPP forbids (RFC 6120 §11.1). The parser would take in
 * a document type or comment up to its end, and after a bare ampersand everything up to the next `;`.
 */
export class Restrictions {
  /** What is wrong behind the characters that {@link check} let pass. */
  fault: XmlError | undefined
  /** Whether the text so far ends in a CDATA section, where nothing is markup. */
  #section = false
  /** Whether it ends with a `<`, which has passed: perhaps it is wrong there. */
  #opened = false
  /** Whether it is nothing but that, so that a declaration may begin. */
  #first = true
  /** Where the scan is. */
  #at = 0

  /**
   * How many characters of a text may be parsed. What follows them must be given again with more text, or, when there
   * is a {@link fault}, not at all.
   */
  check(text: string): number {
    if (!this.#section && !this.#opened && !isNotable(text)) {
      this.#first = false
      return text.length
    }
    const before = this.#opened ? 1 : 0
    const whole = before === 1 ? `<${text}` : text
    const end = this.#scanned(whole)
    this.#opened = end > 0 && !this.#section && whole.charCodeAt(end - 1) === LESS_THAN
    this.#first &&= end === 0 || (end === 1 && this.#opened)
    return Math.max(0, end - before)
  }

  reset(): void {
    this.fault = undefined
    this.#section = this.#opened = false
    this.#first = true
  }

  #scanned(text: string): number {
    try {
      return this.#scan(text)
    } catch (error) {
      if (!(error instanceof XmlError)) throw error
      this.fault = error
      return this.#at
    }
  }

  #scan(text: string): number {
    let index = 0
    for (;;) {
      if (this.#section) {
        const close = text.indexOf(']]>', index)
        if (close === -1) return text.length - trailingBrackets(text, index)
        this.#section = false
        index = close + 3
      }
      NOTABLE.lastIndex = index
      const match = NOTABLE.exec(text)
      if (match === null) return text.length
      index = this.#judge(text, match.index)
      if (index === -1) return text.charCodeAt(match.index) === LESS_THAN ? match.index + 1 : match.index
    }
  }

  /** Reads the markup at `at`; returns the index after it, or -1 when the text ends first. */
  #judge(text: string, at: number): number {
    this.#at = at
    if (text.charCodeAt(at) === 0x26) return referenceEnd(text, at)
    // Where '<' itself is wrong, the parser is to say so.
    this.#at = at + 1
    if (text.startsWith(SECTION, at)) {
      this.#section = true
      return at + SECTION.length
    }
    const first = this.#first && at === 0
    if (first && isDeclaration(text)) return DECLARATION.length
    const rest = text.slice(at, at + SECTION.length)
    if (text.length - at < SECTION.length && SECTION.startsWith(rest)) return -1
    if (first && DECLARATION.startsWith(rest)) return -1
    throw new XmlError('restricted-xml', 'comment, processing instruction or document type')
  }
}

function isNotable(text: string): boolean {
  // One character is found several times as quickly as two that begin as every tag does.
  return (
    text.includes('&') ||
    (text.includes('!') && text.includes('<!')) ||
    (text.includes('?') && text.includes('<?')) ||
    text.charCodeAt(text.length - 1) === LESS_THAN
  )
}

function isDeclaration(text: string): boolean {
  return text.startsWith(DECLARATION) && /[ \t\r\n]/.test(text.charAt(DECLARATION.length))
}

/** How many of the last two characters, from `start` on, may belong to the end of a section. */
function trailingBrackets(text: string, start: number): number {
  if (text.length <= start || !text.endsWith(']')) return 0
  return text.length - 1 > start && text.endsWith(']]') ? 2 : 1
}
