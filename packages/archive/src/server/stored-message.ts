import { DEFAULT_PARSER_LIMITS, type Element, parseXml } from '@parlour/xml'
import { standaloneText } from './message-text.ts'

/** What came in within the limits of a stream can be longer when it is written again. */
const STORED_LIMITS = { ...DEFAULT_PARSER_LIMITS, maxBytes: 16_777_216, maxDepth: 1000, maxChildren: 1_000_000 }

/** A message as it was when it was stored. */
export function parseStored(text: string): Element {
  return parseXml(standaloneText(text), STORED_LIMITS)
}
