import { prepareDomain } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import type { DialbackOutcome, DialbackResult, DialbackVerify } from './elements.ts'
import { DIALBACK_NAMESPACE } from './namespaces.ts'

/** The most UTF-16 code units of a key that is read; XEP-0185 makes 64. */
export const MAX_KEY_LENGTH = 1024

/** The most UTF-16 code units of a stream id that is read. */
export const MAX_ID_LENGTH = 1024

/** An element in the namespace of dialback that is no dialback: for a stream error, not for an answer. */
export interface MalformedDialback {
  readonly kind: 'malformed'
  /** The stream error that says it (RFC 6120 §4.9.3). */
  readonly condition: 'improper-addressing' | 'bad-format'
  /** What is wrong with it, in words for an operator; holds nothing of the peer's text. */
  readonly reason: string
  readonly element: Element
}

/**
 * Reads an element of dialback; `undefined` when its namespace is another one. Nothing is thrown: what cannot be
 * understood is `malformed`. Domains are prepared (RFC 7622 §3.2), so that equal ones are equal strings.
 * A request or an answer that reads well is not yet one that may be acted upon: an answer has to be one that was
 * asked for on this very stream (XEP-0220 §3.1), see {@link PendingVerifications}.
 */
export function readDialback(element: Element): DialbackResult | DialbackVerify | MalformedDialback | undefined {
  if (element.namespace !== DIALBACK_NAMESPACE) return undefined
  if (element.name !== 'result' && element.name !== 'verify') return malformed(element, 'no element of dialback')
  const from = domain(element.attribute('from'))
  const to = domain(element.attribute('to'))
  if (from === undefined || to === undefined) {
    const reason = `'${from === undefined ? 'from' : 'to'}' is missing, or no domain`
    return { kind: 'malformed', condition: 'improper-addressing', reason, element }
  }
  const content = element.attribute('type') === undefined ? readKey(element) : readOutcome(element)
  if (typeof content === 'string') return malformed(element, content)
  return element.name === 'result' ? readResult(element, from, to, content) : readVerify(element, from, to, content)
}

type Content = { readonly key: string } | { readonly outcome: DialbackOutcome }

function readResult(element: Element, from: string, to: string, content: Content): DialbackResult {
  return 'key' in content
    ? { kind: 'result-request', from, to, key: content.key, element }
    : { kind: 'result-answer', from, to, outcome: content.outcome, element }
}

function readVerify(element: Element, from: string, to: string, content: Content): DialbackVerify | MalformedDialback {
  const id = element.attribute('id')
  if (id === undefined || id === '' || id.length > MAX_ID_LENGTH)
    return malformed(element, "'id' is missing or too long")
  return 'key' in content
    ? { kind: 'verify-request', from, to, id, key: content.key, element }
    : { kind: 'verify-answer', from, to, id, outcome: content.outcome, element }
}

/** The key, white space around it removed (the examples of XEP-0220 have some), or what is wrong with it. */
function readKey(element: Element): Content | string {
  const key = element.text().trim()
  if (key === '') return 'the key is missing'
  return key.length > MAX_KEY_LENGTH ? 'the key is too long' : { key }
}

function readOutcome(element: Element): Content | string {
  const type = element.attribute('type')
  if (type === 'valid' || type === 'invalid') return { outcome: { type } }
  if (type !== 'error') return "'type' has an unknown value"
  // The error is in jabber:server (XEP-0220 §2.5); who translates streams for the inside may have made that jabber:client.
  const error = element.elements().find((child) => child.name === 'error')
  return { outcome: { type, error: error ? StanzaError.fromElement(error) : new StanzaError('undefined-condition') } }
}

function domain(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return prepareDomain(text)
  } catch {
    return undefined
  }
}

function malformed(element: Element, reason: string): MalformedDialback {
  return { kind: 'malformed', condition: 'bad-format', reason, element }
}
