import { XmlError } from './errors.ts'

const ALLOWED = /^(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+)$/
const ENTITY_NAME = /^[A-Za-z_:][-\w.:]*$/

/** The longest reference that is looked at, from `&` to `;`. */
const MAX_REFERENCE_LENGTH = 32

/**
 * Where a reference that begins at `start` ends: the index after its `;`, or -1 when the text ends before that. Whether
 * XML allows the character that it names is left to the parser.
 *
 * @throws {XmlError} `restricted-xml` for an entity that is not predefined (RFC 6120 §11.1); `not-well-formed`, as soon
 *   as it cannot become a reference (XML 1.0 §4.1)
 */
export function referenceEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_REFERENCE_LENGTH)
  for (let index = start + 1; index < limit; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x3b) {
      assertAllowed(text.slice(start + 1, index))
      return index + 1
    }
    // '<', '&', quotes and white space end what cannot be a reference.
    if (code <= 0x22 || code === 0x26 || code === 0x27 || code === 0x3c) throw noReference()
  }
  if (limit < text.length) throw noReference()
  return -1
}

function assertAllowed(reference: string): void {
  if (ALLOWED.test(reference)) return
  if (ENTITY_NAME.test(reference)) throw new XmlError('restricted-xml', 'entity reference')
  throw noReference()
}

function noReference(): XmlError {
  return new XmlError('not-well-formed', 'an ampersand that begins no reference')
}
