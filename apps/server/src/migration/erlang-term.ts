/** A constant of Erlang's, as `~p` prints it. Strings and binaries are octets, one character each. */
export type ErlangTerm = ErlangAtom | ErlangTuple | string | number | readonly ErlangTerm[]

export class ErlangAtom {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

export class ErlangTuple {
  readonly elements: readonly ErlangTerm[]

  constructor(elements: readonly ErlangTerm[]) {
    this.elements = elements
  }
}

/** Raised for text that is no such constant. */
class ErlangTermError extends Error {
  override readonly name = 'ErlangTermError'
}

const MAX_DEPTH = 1000
const SPACE = /\s*/y
const ATOM = /[a-z][A-Za-z0-9_@]*|'(?:[^'\\]|\\.)*'/y
const NUMBER = /-?\d+(?:\.\d+(?:e[+-]?\d+)?)?/y
const OCTETS = /\s*(?:\d{1,3}\s*(?:,\s*\d{1,3}\s*)*)?/y
const PLAIN = /[^"\\]+/y
const ESCAPE = /x\{([0-9a-fA-F]+)\}|([0-7]{1,3})|(.)/sy
const ESCAPED: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', t: '\t', v: '\v', b: '\b', f: '\f', e: '\x1b', d: '\x7f', s: ' ' },
}

/** Reads one constant: atoms, numbers, strings, binaries, lists and tuples; no variables, calls, maps or comments. @throws ErlangTermError */
export function readErlangTerm(text: string): ErlangTerm {
  const reader = new Reader(text)
  const term = reader.term(0)
  reader.take('.')
  reader.end()
  return term
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  term(depth: number): ErlangTerm {
    if (depth > MAX_DEPTH) this.#fail('terms nested too deeply')
    if (this.take('{')) return new ErlangTuple(this.#several('}', depth))
    if (this.take('[')) return this.#several(']', depth)
    if (this.take('<<')) return this.#binary()
    if (this.#next === '"') return this.#strings()
    const atom = this.#match(ATOM)
    if (atom !== undefined) return new ErlangAtom(atom.startsWith("'") ? atom.slice(1, -1) : atom)
    const number = this.#match(NUMBER)
    return number === undefined ? this.#fail('no term') : Number(number)
  }

  /** Whether this came next. */
  take(token: string): boolean {
    this.#match(SPACE)
    if (!this.#text.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }

  end(): void {
    this.#match(SPACE)
    if (this.#at < this.#text.length) this.#fail('something behind the term')
  }

  get #next(): string | undefined {
    this.#match(SPACE)
    return this.#text[this.#at]
  }

  #several(end: string, depth: number): ErlangTerm[] {
    const terms: ErlangTerm[] = []
    if (this.take(end)) return terms
    do terms.push(this.term(depth + 1))
    while (this.take(','))
    this.#expect(end)
    return terms
  }

  #binary(): string {
    const octets = this.#next === '"' ? this.#strings() : this.#octets()
    this.#expect('>>')
    return octets
  }

  #octets(): string {
    const numbers = (this.#match(OCTETS) ?? '').split(',').filter((each) => each.trim() !== '')
    return numbers.map((each) => this.#octet(Number(each))).join('')
  }

  #octet(value: number): string {
    return value < 256 ? String.fromCharCode(value) : this.#fail(`the octet ${value}`)
  }

  /** Long ones stand in several lines, each in quotes of its own. */
  #strings(): string {
    let text = ''
    while (this.take('"')) text += this.#string()
    return text
  }

  #string(): string {
    let text = ''
    for (;;) {
      text += this.#match(PLAIN) ?? ''
      const next = this.#text[this.#at++]
      if (next === '"') return text
      if (next !== '\\') this.#fail('a string without end')
      text += this.#escape()
    }
  }

  #escape(): string {
    ESCAPE.lastIndex = this.#at
    const [found, hex, octal, character] = ESCAPE.exec(this.#text) ?? this.#fail('an escape without end')
    this.#at += found.length
    if (hex !== undefined) return this.#octet(Number.parseInt(hex, 16))
    if (octal !== undefined) return this.#octet(Number.parseInt(octal, 8))
    return ESCAPED[character ?? ''] ?? character ?? ''
  }

  #expect(token: string): void {
    if (!this.take(token)) this.#fail(`no ${token}`)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #fail(what: string): never {
    throw new ErlangTermError(`${what} at character ${this.#at + 1}`)
  }
}
