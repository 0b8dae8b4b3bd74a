import { StreamError } from './stream-error.ts'

/** A reference that XMPP allows: a predefined entity or a character (RFC 6120 §11.1). */
const ALLOWED = /^&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});/
/** What may still become one when more arrives. */
const INCOMPLETE = /^&(?:#?[\da-zA-Z]{0,8})$/
const NAMED = /^&[\w:][-\w:.]*;/
const CDATA = '<![CDATA['
const LONGEST = 12

/**
 * Looks for references that are none before the XML parser does: it takes everything behind a bare `&` for the name of
 * an entity until a `;` comes, which may be never.
 */
export class ReferenceCheck {
  #rest = ''
  /** Inside CDATA an ampersand is a character; the check rests until the element is complete. */
  #mayBeCdata = false

  /** @throws StreamError `restricted-xml` for an entity of one's own, `not-well-formed` for a bare ampersand */
  check(chunk: string): void {
    if (this.#rest === '' && !chunk.includes('&') && !chunk.includes('<!')) return
    const text = this.#rest + chunk
    if (text.includes(CDATA)) this.#mayBeCdata = true
    this.#rest = ''
    if (this.#mayBeCdata) return
    for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1))
      this.#checkAt(text.slice(at, at + LONGEST), text, at)
  }

  /** An element is complete. */
  reset(): void {
    this.#mayBeCdata = false
  }

  #checkAt(reference: string, text: string, at: number): void {
    if (ALLOWED.test(reference)) return
    if (at + reference.length === text.length && INCOMPLETE.test(reference)) {
      this.#rest = reference
      return
    }
    if (NAMED.test(text.slice(at, at + 256)))
      throw new StreamError('restricted-xml', 'only the predefined entities are allowed')
    throw new StreamError('not-well-formed', 'an ampersand that begins no reference')
  }
}
