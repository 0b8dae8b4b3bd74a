import { type Element, parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'
import { standaloneText } from './message-text.ts'

/** A message as it was when it was stored. */
export function parseStored(text: string): Element {
  return parseXml(standaloneText(text), WRITTEN_PARSER_LIMITS)
}
