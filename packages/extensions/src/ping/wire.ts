/** XEP-0199: XMPP Ping, version 2.0.1. */
import { type Element, el } from '@parlour/xml'

export const PING_NAMESPACE = 'urn:xmpp:ping'

/** The request (XEP-0199 §4): an empty element. */
export function pingElement(): Element {
  return el('ping', PING_NAMESPACE)
}
