import { KINDS, TEXT_STOP } from './characters.ts'
import { XmlError } from './errors.ts'

const FORBIDDEN = /[^\t\n\r -\ufffd]/
const LINE_END = /\r\n?/g

/**
 * The character data of a CDATA section, with its line ends as XML 1.0 §2.11 wants them.
 *
 * @throws {XmlError} `not-well-formed` for a character outside the production Char (XML 1.0 §2.2)
 */
export function sectionText(raw: string): string {
  if (FORBIDDEN.test(raw)) throw new XmlError('not-well-formed', 'a character that XML forbids')
  return raw.includes('\r') ? raw.replace(LINE_END, '\n') : raw
}

/** The index of the first character at or after `start` that is more than itself. */
export function plainTextEnd(text: string, start: number): number {
  const length = text.length
  for (let index = start; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x3e ? code >= 0xfffe : ((KINDS[code] as number) & TEXT_STOP) !== 0) return index
  }
  return length
}

/** How many of the last two characters before `end`, from `start` on, are `]` without another between. */
export function trailingBrackets(text: string, start: number, end: number): number {
  if (end <= start || text.charCodeAt(end - 1) !== 0x5d) return 0
  return end - 1 > start && text.charCodeAt(end - 2) === 0x5d ? 2 : 1
}

/**
 * Text where none may be.
 *
 * @param inside whether it stands in an open root, between the elements that are delivered
 * @throws {XmlError} `unexpected-text` there (RFC 6120 §11.7), `not-well-formed` outside the root
 */
export function refuseText(inside: boolean): never {
  if (inside) throw new XmlError('unexpected-text', 'text between elements')
  throw new XmlError('not-well-formed', 'text outside the root')
}
