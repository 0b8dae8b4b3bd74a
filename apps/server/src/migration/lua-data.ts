/** Data as Prosody writes it: a Lua table and what may be in it. Strings are octets, one character each. */
export type LuaValue = undefined | boolean | number | string | LuaTable

/** A table; the array part has the keys 1, 2, 3 and so on. */
export type LuaTable = ReadonlyMap<boolean | number | string, LuaValue>

/** What is not the data of a table: it was never run, and is not read either. */
export class LuaDataError extends Error {
  override readonly name = 'LuaDataError'
  /** Octets before the fault. */
  readonly at: number

  constructor(message: string, at: number) {
    super(`${message} at octet ${at}`)
    this.at = at
  }
}

/** Prosody itself goes no deeper. */
const MAX_DEPTH = 200

/** `return <value>`: what a file `.dat` holds. @throws LuaDataError */
export function readLuaFile(octets: Buffer): LuaValue {
  const reader = new Reader(octets.toString('latin1'))
  reader.expect('return')
  const value = reader.value(0)
  reader.take(';')
  reader.end()
  return value
}

/** `item(<value>);` again and again: what a file `.list` holds. @throws LuaDataError */
export function* readLuaList(octets: Buffer): Generator<LuaValue> {
  const reader = new Reader(octets.toString('latin1'))
  while (!reader.isAtEnd()) {
    reader.expect('item')
    reader.expect('(')
    yield reader.value(0)
    reader.expect(')')
    reader.take(';')
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ '\\': '\\', '"': '"', "'": "'", '\n': '\n' },
}
const WORDS: ReadonlyMap<string, LuaValue> = new Map<string, LuaValue>([
  ['true', true],
  ['false', false],
  ['nil', undefined],
])
const NUMBER = /-?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const PLAIN = /[^"'\\\n]+/y
const SPACE = /[ \t\r\n]*/y
const DECIMAL_ESCAPE = /\d{1,3}/y

/** Reads constants and nothing else: no variables, calls, operators or comments. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  isAtEnd(): boolean {
    this.#match(SPACE)
    return this.#at === this.#text.length
  }

  end(): void {
    if (!this.isAtEnd()) this.#fail('something behind the data')
  }

  /** Whether this came next. */
  take(token: string): boolean {
    this.#match(SPACE)
    if (!this.#text.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }

  expect(token: string): void {
    if (!this.take(token)) this.#fail(`no ${token}`)
  }

  value(depth: number): LuaValue {
    this.#match(SPACE)
    const next = this.#text[this.#at]
    if (next === '"' || next === "'") return this.#string(next)
    if (next === '{') return this.#table(depth)
    const word = this.#match(NAME)
    if (word !== undefined) return WORDS.has(word) ? WORDS.get(word) : this.#fail(`the word ${word}`)
    const number = this.#match(NUMBER)
    return number === undefined ? this.#fail('no value') : Number(number)
  }

  #table(depth: number): LuaTable {
    if (depth >= MAX_DEPTH) this.#fail('tables nested too deeply')
    const table = new Map<boolean | number | string, LuaValue>()
    this.expect('{')
    let index = 1
    while (!this.take('}')) {
      const key = this.#key(depth)
      const value = this.value(depth + 1)
      table.set(key ?? index++, value)
      if (!this.take(';') && !this.take(',')) {
        this.expect('}')
        break
      }
    }
    return table
  }

  /** `undefined`: a value of the array part follows. */
  #key(depth: number): boolean | number | string | undefined {
    if (this.take('[')) {
      const key = this.value(depth + 1)
      if (key === undefined || typeof key === 'object') this.#fail('a key that is none')
      this.expect(']')
      this.expect('=')
      return key
    }
    const start = this.#at
    const name = this.#match(NAME)
    if (name !== undefined && !WORDS.has(name) && this.take('=')) return name
    this.#at = start
  }

  #string(quote: string): string {
    this.#at++
    let text = ''
    for (;;) {
      text += this.#match(PLAIN) ?? ''
      const next = this.#text[this.#at++]
      if (next === quote) return text
      if (next === '\\') text += this.#escape()
      else if (next === '"' || next === "'") text += next
      else this.#fail('a string without end')
    }
  }

  #escape(): string {
    const decimal = this.#match(DECIMAL_ESCAPE)
    if (decimal !== undefined) {
      if (Number(decimal) > 255) this.#fail(`the octet ${decimal}`)
      return String.fromCharCode(Number(decimal))
    }
    const found = ESCAPES[this.#text[this.#at] ?? '']
    this.#at++
    return found ?? this.#fail('an escape that is none')
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #fail(what: string): never {
    throw new LuaDataError(what, this.#at)
  }
}
