import type { Element } from './element.ts'
import { XmlError } from './errors.ts'
import { type ParserLimits, WRITTEN_PARSER_LIMITS } from './limits.ts'
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

/**
 * The first element of a text that `serialize` has written, without what is in it: to read what its attributes say costs no
 * more than its start tag, however long the text is.
 *
 * @throws {XmlError}
 * @example parseStartTag("<message id='1'><body>a text</body></message>").attribute('id') // '1'
 */
export function parseStartTag(text: string): Element {
  const end = text.indexOf('>')
  return parseXml(`${text.slice(0, text.charAt(end - 1) === '/' ? end - 1 : end)}/>`, WRITTEN_PARSER_LIMITS)
}
