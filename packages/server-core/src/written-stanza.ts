import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { DEFAULT_PARSER_LIMITS, type Element, el, parseXml } from '@parlour/xml'

/** What came in within the limits of a stream can be longer when it is written again. */
const LIMITS = { ...DEFAULT_PARSER_LIMITS, maxBytes: 16_777_216, maxDepth: 1000, maxChildren: 1_000_000 }
const DELAY_NAMESPACE = 'urn:xmpp:delay'

/** A stanza as it was written to a stream, whose content namespace it does not name. */
export function readText(text: string): Element {
  return parseXml(text.replace(/^<([a-z]+)/, `<$1 xmlns='${CLIENT_NAMESPACE}'`), LIMITS)
}

/** Whether somebody has said when it was sent (XEP-0203). @param from the only one who counts; without, anybody */
export function hasDelay(element: Element, from?: string): boolean {
  return element
    .childrenNamed('delay', DELAY_NAMESPACE)
    .some((delay) => from === undefined || delay.attribute('from') === from)
}

/** XEP-0198 §4: "servers SHOULD add a delay element with the original (failed) delivery timestamp"; once. */
export function withDelay(element: Element, from: string, at: number): Element {
  if (hasDelay(element, from)) return element
  const stamp = new Date(at).toISOString()
  return element.withChildren([...element.children, el('delay', DELAY_NAMESPACE, { from, stamp })])
}
