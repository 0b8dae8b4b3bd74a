import { XmlError } from './errors.ts'

const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:'1\.\d+'|"1\.\d+")(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:'([A-Za-z][-\w.]*)'|"([A-Za-z][-\w.]*)"))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:'(?:yes|no)'|"(?:yes|no)"))?[ \t\r\n]*\?>$/
const BEGIN = '<?xml'
const MAX_LENGTH = 256

/**
 * Where the XML declaration that a text begins with ends (XML 1.0 §2.8), or -1 when the text ends first. `standalone`
 * has no meaning here and is ignored (RFC 6120 §11.5).
 *
 * @throws {XmlError} `unsupported-encoding` (RFC 6120 §11.6), `restricted-xml` for any other processing instruction,
 *   `not-well-formed`
 */
export function declarationEnd(text: string): number {
  const begin = text.slice(0, BEGIN.length)
  if (!BEGIN.startsWith(begin)) throw new XmlError('restricted-xml', 'processing instruction')
  if (text.length <= BEGIN.length) return -1
  if (!/[ \t\r\n]/.test(text.charAt(BEGIN.length))) throw new XmlError('restricted-xml', 'processing instruction')
  const end = text.slice(0, MAX_LENGTH).indexOf('?>')
  if (end === -1) {
    if (text.length < MAX_LENGTH) return -1
    throw new XmlError('not-well-formed', 'malformed XML declaration')
  }
  const match = DECLARATION.exec(text.slice(0, end + 2))
  if (match === null) throw new XmlError('not-well-formed', 'malformed XML declaration')
  const encoding = match[1] ?? match[2]
  if (encoding !== undefined && encoding.toUpperCase() !== 'UTF-8') {
    throw new XmlError('unsupported-encoding', 'an encoding other than UTF-8')
  }
  return end + 2
}
