import { AttributeRecord, type Attributes, NO_ATTRIBUTES } from './attributes.ts'
import { isSpace, KINDS, NAME, NAME_START, skipSpace, VALUE_STOP } from './characters.ts'
import { XmlError } from './errors.ts'
import type { ParserLimits } from './limits.ts'
import { isNameCharacter } from './names.ts'
import { normalizeValue } from './references.ts'

/** What {@link readStartTag} found. One object serves all tags of a parser run, so nothing of it may be kept. */
export interface StartTag {
  /** The name as written, `prefix:local`. */
  qualifiedName: string
  /** `''` without one. */
  prefix: string
  name: string
  /** Attributes without a prefix; those with one are added when their namespace is known. */
  attributes: Record<string, string> | undefined
  /** Prefix, local name and value of each attribute with a prefix. */
  prefixed: string[]
  /** Prefix (`''` for the default) and namespace of each declaration. */
  declarations: string[]
  attributeCount: number
  selfClosing: boolean
}

export function emptyStartTag(): StartTag {
  return {
    qualifiedName: '',
    prefix: '',
    name: '',
    attributes: undefined,
    prefixed: [],
    declarations: [],
    attributeCount: 0,
    selfClosing: false,
  }
}

export function attributesOf(tag: StartTag): Attributes {
  return tag.attributes ?? NO_ATTRIBUTES
}

/**
 * Reads the start tag at `start`, where `<` stands.
 *
 * @returns the index after its `>`, or -1 when the text ends first
 * @throws {XmlError} `not-well-formed`, `restricted-xml`, `limit-exceeded`
 */
export function readStartTag(text: string, start: number, tag: StartTag, limits: ParserLimits): number {
  tag.attributes = undefined
  tag.attributeCount = 0
  if (tag.prefixed.length > 0) tag.prefixed = []
  if (tag.declarations.length > 0) tag.declarations = []
  const length = text.length
  let index = readName(text, start + 1, limits)
  tag.name = tag.qualifiedName = text.slice(start + 1, index)
  tag.prefix = ''
  if (text.charCodeAt(index) === 0x3a) {
    tag.prefix = tag.name
    const local = index + 1
    index = readName(text, local, limits)
    tag.name = text.slice(local, index)
    tag.qualifiedName = text.slice(start + 1, index)
  }
  while (index < length) {
    const next = skipSpace(text, index)
    const code = text.charCodeAt(next)
    if (code === 0x3e) {
      tag.selfClosing = false
      return next + 1
    }
    if (code === 0x2f) {
      if (next + 1 >= length) return -1
      if (text.charCodeAt(next + 1) !== 0x3e) throw malformed()
      tag.selfClosing = true
      return next + 2
    }
    if (next >= length) return -1
    if (next === index) throw malformed()
    index = readAttribute(text, next, tag, limits)
    if (index === -1) return -1
  }
  return -1
}

/** Reads one attribute; returns the index after its closing quote, or -1 when the text ends first. */
function readAttribute(text: string, start: number, tag: StartTag, limits: ParserLimits): number {
  let end = readName(text, start, limits)
  let colon = -1
  if (text.charCodeAt(end) === 0x3a) {
    colon = end
    end = readName(text, end + 1, limits)
  }
  let index = end
  if (text.charCodeAt(index) !== 0x3d) index = skipSpace(text, index)
  if (index >= text.length) return -1
  if (text.charCodeAt(index) !== 0x3d) throw malformed()
  index++
  if (isSpace(text, index)) index = skipSpace(text, index)
  if (index >= text.length) return -1
  const quote = text.charCodeAt(index)
  if (quote !== 0x27 && quote !== 0x22) throw malformed()
  const close = valueEnd(text, index + 1, quote)
  if (close < 0) {
    if (close === -1) return -1
    const complete = text.indexOf(quote === 0x27 ? "'" : '"', index + 1)
    if (complete === -1) return -1
    addAttribute(tag, text, start, colon, end, normalizeValue(checkedValue(text, index + 1, complete)), limits)
    return complete + 1
  }
  addAttribute(tag, text, start, colon, end, text.slice(index + 1, close), limits)
  return close + 1
}

/** The index of the closing quote; -1 when the text ends first; -2 when there is something to normalize or refuse. */
function valueEnd(text: string, start: number, quote: number): number {
  const length = text.length
  for (let index = start; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x3c) {
      if (code < 0xfffe) continue
      return -2
    }
    if (((KINDS[code] as number) & VALUE_STOP) === 0) continue
    if (code === quote) return index
    if (code !== 0x22 && code !== 0x27) return -2
  }
  return -1
}

const FORBIDDEN_IN_VALUE = /[^\t\n\r -;=-\ufffd]/

function checkedValue(text: string, start: number, end: number): string {
  const raw = text.slice(start, end)
  if (FORBIDDEN_IN_VALUE.test(raw)) throw malformed()
  return raw
}

function addAttribute(
  tag: StartTag,
  text: string,
  start: number,
  colon: number,
  end: number,
  value: string,
  limits: ParserLimits,
): void {
  if (++tag.attributeCount > limits.maxAttributes) throw new XmlError('limit-exceeded', 'too many attributes')
  if (colon !== -1) {
    const prefix = text.slice(start, colon)
    const local = text.slice(colon + 1, end)
    if (prefix === 'xmlns') addDeclaration(tag, local, value, limits)
    else tag.prefixed.push(prefix, local, value)
    return
  }
  const name = text.slice(start, end)
  if (name === 'xmlns') {
    addDeclaration(tag, '', value, limits)
    return
  }
  tag.attributes ??= new AttributeRecord()
  if (tag.attributes[name] !== undefined) throw new XmlError('not-well-formed', 'an attribute given twice')
  tag.attributes[name] = value
}

function addDeclaration(tag: StartTag, prefix: string, namespace: string, limits: ParserLimits): void {
  if (namespace.length > limits.maxNamespaceLength) throw new XmlError('limit-exceeded', 'namespace too long')
  tag.declarations.push(prefix, namespace)
}

/** The index after the NCName at `start`; the text may end with it. */
export function readName(text: string, start: number, limits: ParserLimits): number {
  const length = text.length
  let index = start
  let mask = NAME_START
  for (; index < length; mask = NAME) {
    const code = text.charCodeAt(index)
    if (code < 0x80) {
      if (((KINDS[code] as number) & mask) === 0) break
      index++
    } else {
      const character = String.fromCodePoint(text.codePointAt(index) as number)
      if (!isNameCharacter(character, index === start)) break
      index += character.length
    }
  }
  if (index - start > limits.maxNameLength) throw new XmlError('limit-exceeded', 'name too long')
  if (index === start && index < length) throw malformed()
  return index
}

function malformed(): XmlError {
  return new XmlError('not-well-formed', 'malformed tag')
}
