import { XmlError } from './errors.ts'
import { isXmlText } from './escape.ts'

const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const CHARACTER_REFERENCE = /^#(?:x([0-9A-Fa-f]+)|([0-9]+))$/
const ENTITY_NAME = /^[A-Za-z_:][-\w.:]*$/

/** The longest reference that is looked at, from `&` to `;`. */
const MAX_REFERENCE_LENGTH = 32

/**
 * What a reference stands for: one of the five predefined entities or a character (XML 1.0 §4.1, §4.6).
 *
 * @param reference what stands between `&` and `;`
 * @throws {XmlError} `restricted-xml` for any other entity (RFC 6120 §11.1), `not-well-formed`
 */
export function dereference(reference: string): string {
  if (Object.hasOwn(PREDEFINED, reference)) return PREDEFINED[reference] as string
  const match = CHARACTER_REFERENCE.exec(reference)
  if (match === null) {
    if (ENTITY_NAME.test(reference)) throw new XmlError('restricted-xml', 'entity reference')
    throw new XmlError('not-well-formed', 'an ampersand that begins no reference')
  }
  const code = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16)
  const character = code <= 0x10ffff ? String.fromCodePoint(code) : '\0'
  if (!isXmlText(character)) throw new XmlError('not-well-formed', 'reference to a character that XML forbids')
  return character
}

/**
 * Where a reference that begins at `start` ends: the index of its `;`, or -1 when the text ends before that.
 *
 * @throws {XmlError} `not-well-formed` as soon as it cannot become a reference
 */
export function referenceEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_REFERENCE_LENGTH)
  for (let index = start + 1; index < limit; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x3b) return index
    // '<', '&', quotes and white space end what cannot be a reference; the rest is dereference()'s to judge.
    if (code <= 0x22 || code === 0x26 || code === 0x27 || code === 0x3c) {
      throw new XmlError('not-well-formed', 'an ampersand that begins no reference')
    }
  }
  if (limit < text.length) throw new XmlError('not-well-formed', 'an ampersand that begins no reference')
  return -1
}

const NORMALIZED = /[\t\n&]|\r\n?/g

/**
 * The value of an attribute as XML 1.0 §3.3.3 and §2.11 give it: references resolved, line ends and tabs as spaces.
 *
 * @throws {XmlError} `restricted-xml`, `not-well-formed`
 */
export function normalizeValue(raw: string): string {
  let value = ''
  let last = 0
  NORMALIZED.lastIndex = 0
  for (let match = NORMALIZED.exec(raw); match !== null; match = NORMALIZED.exec(raw)) {
    value += raw.slice(last, match.index)
    last = NORMALIZED.lastIndex
    if (match[0] !== '&') {
      value += ' '
      continue
    }
    const end = referenceEnd(raw, match.index)
    if (end === -1) throw new XmlError('not-well-formed', 'an ampersand that begins no reference')
    value += dereference(raw.slice(last, end))
    last = NORMALIZED.lastIndex = end + 1
  }
  return value + raw.slice(last)
}
