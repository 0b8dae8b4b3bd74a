import type { Element } from './element.ts'
import { XmlError } from './errors.ts'
import type { ParserLimits } from './limits.ts'
import { XmlParser } from './parser.ts'

/**
 * Parses a whole document of one element.
 *
 * @throws {XmlError} whatever is wrong with it
 * @example parseXml('<a xmlns="urn:example">text</a>').text() // 'text'
 */
export function parseXml(text: string, limits?: ParserLimits): Element {
  if (!text.isWellFormed()) throw new XmlError('not-well-formed', 'a lone surrogate')
  let root: Element | undefined
  const sink = {
    element(element: Element) {
      root = element
    },
  }
  const parser = new XmlParser(sink, limits === undefined ? {} : { limits })
  parser.write(text)
  if (root === undefined || !parser.complete) throw new XmlError('not-well-formed', 'the document is not complete')
  return root
}
