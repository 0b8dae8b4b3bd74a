import { XmlError } from './errors.ts'

// Negated: everything that may need work is markup, control characters, U+FFFE, U+FFFF and surrogates (perhaps alone).
const TEXT_SPECIAL = /[^\t\n -%'-;=?-\ud7ff\ue000-\ufffd]/
const ATTRIBUTE_SPECIAL = /[^ !#-%(-;=?-\ud7ff\ue000-\ufffd]/
const ILLEGAL = /[^\t\n\r -\ufffd]/
const TEXT_MARKUP = /[&<>\r]/g
const ATTRIBUTE_MARKUP = /[&<>'"\t\n\r]/g

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}
const reference = (character: string): string => REFERENCES[character] as string

/** Whether every character of `text` is a Char of XML 1.0 §2.2 (no control characters, no lone surrogates). */
export function isXmlText(text: string): boolean {
  return !TEXT_SPECIAL.test(text) || (!ILLEGAL.test(text) && text.isWellFormed())
}

/**
 * Refuses text that cannot be written as XML in any way: even a character reference may not name it.
 *
 * @throws {XmlError} `illegal-character`
 */
export function assertXmlText(text: string): void {
  if (!isXmlText(text)) throw new XmlError('illegal-character', 'text has a character that XML 1.0 forbids')
}

/**
 * Escapes character data: `&`, `<`, `>` and carriage return (which a parser would turn into a line feed).
 *
 * @throws {XmlError} `illegal-character` (XML 1.0 §2.2)
 * @example escapeText('a < b') // 'a &lt; b'
 */
export function escapeText(text: string): string {
  if (!TEXT_SPECIAL.test(text)) return text
  assertXmlText(text)
  return text.replace(TEXT_MARKUP, reference)
}

/**
 * Escapes an attribute value for either kind of quotes; tab and line ends become references, as a parser
 * would turn them into spaces (XML 1.0 §3.3.3).
 *
 * @throws {XmlError} `illegal-character` (XML 1.0 §2.2)
 */
export function escapeAttribute(value: string): string {
  if (!ATTRIBUTE_SPECIAL.test(value)) return value
  assertXmlText(value)
  return value.replace(ATTRIBUTE_MARKUP, reference)
}
