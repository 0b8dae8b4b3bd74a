import { readTokens, type Token } from './tokens.ts'

/** What `{name}` in a dialogue stood for. */
export type Captures = Map<string, string>

const CAPTURE = /\{([A-Za-z][\w-]*)\}/g

/** A text to send, with each `{name}` replaced by what it stood for before. */
export function fill(text: string, captures: Captures): string {
  return text.replace(CAPTURE, (whole, name: string) => captures.get(name) ?? whole)
}

/** Tokens expected; an XML declaration is never compared (RFC 6120 §11.5 leaves it to the sender). */
export function expectedTokens(pattern: string): readonly Token[] {
  const { tokens, rest } = readTokens(`${pattern}<`)
  if (rest !== '<') throw new SyntaxError(`not XML: ${rest.slice(0, -1)}`)
  return comparable(tokens)
}

export function comparable(tokens: readonly Token[]): readonly Token[] {
  return tokens.filter(({ kind }) => kind !== 'declaration')
}

/** Why the token is not as expected; undefined if it is. */
export function mismatch(expected: Token, actual: Token, captures: Captures): string | undefined {
  if (expected.kind !== actual.kind) return `expected ${describe(expected)}, got ${describe(actual)}`
  if (expected.kind === 'text' && actual.kind === 'text')
    return valueMismatch('text', expected.text, actual.text, captures)
  if (expected.kind !== 'open' || actual.kind !== 'open') {
    return describe(expected) === describe(actual)
      ? undefined
      : `expected ${describe(expected)}, got ${describe(actual)}`
  }
  if (expected.name !== actual.name) return `expected <${expected.name}>, got <${actual.name}>`
  return attributeMismatch(expected.attributes, actual.attributes, captures)
}

function attributeMismatch(
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
  captures: Captures,
): string | undefined {
  for (const name of actual.keys()) if (!expected.has(name)) return `unexpected attribute ${name}="${actual.get(name)}"`
  for (const [name, value] of expected) {
    const found = actual.get(name)
    if (found === undefined) return `attribute ${name} is missing`
    const fault = valueMismatch(`attribute ${name}`, value, found, captures)
    if (fault) return fault
  }
  return undefined
}

/** `*` stands for any text but none; `{name}` for any the first time, and for the same one afterwards. */
function valueMismatch(what: string, expected: string, actual: string, captures: Captures): string | undefined {
  const names: string[] = []
  const source = fill(expected, captures)
    .split(/(\*|\{[A-Za-z][\w-]*\})/)
    .map((part) => (isHole(part) ? hole(part, names) : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')))
  const match = new RegExp(`^${source.join('')}$`, 's').exec(actual)
  if (!match) return `${what}: expected "${fill(expected, captures)}", got "${actual}"`
  names.forEach((name, i) => {
    captures.set(name, match[i + 1] ?? '')
  })
  return undefined
}

function isHole(part: string): boolean {
  return part === '*' || /^\{[A-Za-z][\w-]*\}$/.test(part)
}

function hole(part: string, names: string[]): string {
  if (part === '*') return '.+?'
  names.push(part.slice(1, -1))
  return '(.+?)'
}

export function describe(token: Token | undefined): string {
  if (!token) return 'nothing'
  if (token.kind === 'text') return `"${token.text}"`
  return token.kind === 'close' ? `</${token.name}>` : `<${token.kind === 'open' ? token.name : '?xml?'}>`
}
