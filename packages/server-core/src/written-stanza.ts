import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { type Element, el, parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'

const DELAY_NAMESPACE = 'urn:xmpp:delay'

/** A stanza as it was written to a stream, whose content namespace it does not name. */
export function readText(text: string): Element {
  return parseXml(text.replace(/^<([a-z]+)/, `<$1 xmlns='${CLIENT_NAMESPACE}'`), WRITTEN_PARSER_LIMITS)
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
