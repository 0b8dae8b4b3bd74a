import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { NO_ATTRIBUTES } from './attributes.ts'
import { copyString } from './copy.ts'
import { XmlError } from './errors.ts'

/** XML 1.0 §2.8: a document of another version 1.x is read as one of 1.0, so that the characters of 1.1 stay refused. */
const OPTIONS = { xmlns: false, position: false, defaultXMLVersion: '1.0', forceXMLVersion: true } as const

/** saxes without namespaces, as resolving them here is quicker, and with errors of our own, which it throws. */
export class Saxes extends SaxesParser<typeof OPTIONS> {
  constructor() {
    super(OPTIONS)
  }

  override makeError(message: string): XmlError {
    return new XmlError('not-well-formed', message)
  }
}

/** saxes keeps the tags of the root and of what it has closed last: they must not retain the piece they came in. */
export function forget(tag: SaxesTagPlain): void {
  tag.name = copyString(tag.name)
  tag.attributes = NO_ATTRIBUTES
}
