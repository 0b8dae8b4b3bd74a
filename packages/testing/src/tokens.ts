/** A tag or a run of text, as it stands on the wire. */
export type Token =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'declaration' }
  | { readonly kind: 'text'; readonly text: string }

/** What could be read, and what is left over because it is not complete yet. */
export interface Tokens {
  readonly tokens: readonly Token[]
  readonly rest: string
}

const TOKEN =
  /<\?[^>]*\?>|<\/\s*([^\s>]+)\s*>|<([^\s/>?!]+)((?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)(?=<)/gy
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/**
 * Cuts XML into tags and text without asking that elements be complete, for a stream's header stays open.
 * `<a/>` is two tokens; white space between tags is none. Not a parser: what is illegal stays in `rest`.
 */
export function readTokens(xml: string): Tokens {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  let end = 0
  for (let match = TOKEN.exec(xml); match; match = TOKEN.exec(xml)) {
    end = TOKEN.lastIndex
    tokens.push(...tokensOf(match))
  }
  return { tokens, rest: xml.slice(end) }
}

function tokensOf(match: RegExpExecArray): Token[] {
  const [whole, closed, opened, attributes = '', slash, text] = match
  if (closed) return [{ kind: 'close', name: closed }]
  if (text !== undefined) return text.trim() === '' ? [] : [{ kind: 'text', text: text.trim() }]
  if (!opened) return whole.startsWith('<?') ? [{ kind: 'declaration' }] : []
  const open: Token = { kind: 'open', name: opened, attributes: readAttributes(attributes) }
  return slash ? [open, { kind: 'close', name: opened }] : [open]
}

function readAttributes(text: string): Map<string, string> {
  return new Map(
    Array.from(text.matchAll(ATTRIBUTE), ([, name = '', double, single]) => [name, double ?? single ?? '']),
  )
}
