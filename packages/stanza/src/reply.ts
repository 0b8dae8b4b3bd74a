import { type Element, el } from '@parlour/xml'
import type { StanzaError } from './stanza-error.ts'

/**
 * The result of a request: same id, addresses swapped (RFC 6120 §8.2.3).
 *
 * @param payload what was asked for, if anything
 */
export function resultReply(request: Element, payload?: Element): Element {
  const { from, to, id } = request.attributes
  return el('iq', request.namespace, { from: to, to: from, id, type: 'result' }, payload)
}

/**
 * The error stanza that answers a stanza (RFC 6120 §8.3.1): same kind and id, addresses swapped.
 *
 * @returns `undefined` for what must not be answered: errors and results of IQs (RFC 6120 §8.3.1 rule 8, §8.2.3 rule 4)
 */
export function errorReply(stanza: Element, error: StanzaError): Element | undefined {
  const { from, to, id, type } = stanza.attributes
  if (type === 'error' || (stanza.name === 'iq' && type === 'result')) return undefined
  const sender = error.condition === 'jid-malformed' ? error.by : to
  const attributes = { from: sender, to: from, id, type: 'error' }
  return el(stanza.name, stanza.namespace, attributes, error.toElement(stanza.namespace))
}
