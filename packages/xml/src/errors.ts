/** What {@link XmlError} stands for. */
export type XmlErrorCode =
  | 'illegal-character'
  | 'illegal-name'
  | 'not-well-formed'
  | 'bad-namespace-prefix'
  | 'restricted-xml'
  | 'unsupported-encoding'
  | 'unexpected-text'
  | 'limit-exceeded'

/**
 * Raised when something cannot be XML, or may not be in XMPP.
 *
 * - `illegal-character`: text or an attribute value with a character outside the production Char (XML 1.0 §2.2)
 * - `illegal-name`: a name that is not an NCName (Namespaces in XML 1.0 §3)
 * - `not-well-formed`: input that breaks XML 1.0 or Namespaces in XML 1.0
 * - `bad-namespace-prefix`: a prefix that nothing declares
 * - `restricted-xml`: comment, processing instruction, DTD or entity of its own (RFC 6120 §11.1)
 * - `unsupported-encoding`: a declaration that names an encoding other than UTF-8 (RFC 6120 §11.6)
 * - `unexpected-text`: text other than white space between the elements that the parser delivers (RFC 6120 §11.7)
 * - `limit-exceeded`: input beyond a limit given to the parser
 */
export class XmlError extends Error {
  override readonly name = 'XmlError'
  readonly code: XmlErrorCode

  constructor(code: XmlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
