/** XEP-0049: Private XML Storage, version 1.2. */
import { type Element, el } from '@parlour/xml'

export const PRIVATE_XML_NAMESPACE = 'jabber:iq:private'

/** Asks for what is stored under a name (XEP-0049 §2.3). */
export function privateXmlRequest(name: string, namespace: string): Element {
  return el('query', PRIVATE_XML_NAMESPACE, {}, el(name, namespace))
}

/** Stores elements, each under its own name, in place of what is there (XEP-0049 §2.3). */
export function privateXmlElement(...elements: readonly Element[]): Element {
  return el('query', PRIVATE_XML_NAMESPACE, {}, ...elements)
}
