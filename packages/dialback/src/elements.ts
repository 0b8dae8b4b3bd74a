import type { StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { CONTENT_NAMESPACE, DIALBACK_NAMESPACE } from './namespaces.ts'

/** How a request ended: `type` of an answer (XEP-0220 §2.1.1, §2.5). */
export type DialbackOutcome =
  /** The sender domain is who it says. */
  | { readonly type: 'valid' }
  /** It is not. */
  | { readonly type: 'invalid' }
  /** It could not be found out; no fault of the key, and no end of the stream. */
  | { readonly type: 'error'; readonly error: StanzaError }

/** `<db:result>key</db:result>`: an initiating server asks to be let in (XEP-0220 §2.1.1, step 1). */
export interface ResultRequest {
  readonly kind: 'result-request'
  /** The sender domain, prepared (RFC 7622 §3.2). */
  readonly from: string
  /** The target domain, prepared. */
  readonly to: string
  readonly key: string
  readonly element: Element
}

/** `<db:result type='…'/>`: a receiving server's answer (XEP-0220 §2.2.1, step 4). */
export interface ResultAnswer {
  readonly kind: 'result-answer'
  /** The target domain. */
  readonly from: string
  /** The sender domain. */
  readonly to: string
  readonly outcome: DialbackOutcome
  readonly element: Element
}

/** `<db:verify id='…'>key</db:verify>`: a receiving server asks an authoritative one (XEP-0220 §2.1.2, step 2). */
export interface VerifyRequest {
  readonly kind: 'verify-request'
  /** The target domain, prepared. */
  readonly from: string
  /** The sender domain, prepared. */
  readonly to: string
  /** The id that the receiving server gave the stream on which the key came. */
  readonly id: string
  readonly key: string
  readonly element: Element
}

/** `<db:verify id='…' type='…'/>`: an authoritative server's answer (XEP-0220 §2.2.2, step 3). */
export interface VerifyAnswer {
  readonly kind: 'verify-answer'
  /** The sender domain. */
  readonly from: string
  /** The target domain. */
  readonly to: string
  readonly id: string
  readonly outcome: DialbackOutcome
  readonly element: Element
}

/** A `<db:result/>`. */
export type DialbackResult = ResultRequest | ResultAnswer

/** A `<db:verify/>`. */
export type DialbackVerify = VerifyRequest | VerifyAnswer

/** The addresses of a request, and the request as it was received, if it was. */
export interface DialbackAddresses {
  readonly from: string
  readonly to: string
  /** Where given, an answer repeats the addresses (and the id) as they are written here. */
  readonly element?: Element | undefined
}

/** Step 1: asks the receiving server to accept stanzas `from` this domain `to` that one (XEP-0220 §2.1.1). */
export function resultRequest(request: { readonly from: string; readonly to: string; readonly key: string }): Element {
  return el('result', DIALBACK_NAMESPACE, { from: request.from, to: request.to }, request.key)
}

/** Step 4: answers a `<db:result/>` request, addresses swapped (XEP-0220 §2.2.1). */
export function resultAnswer(request: DialbackAddresses, outcome: DialbackOutcome): Element {
  return answer('result', request, undefined, outcome)
}

/** Step 2: asks the authoritative server whether it made this key for this stream (XEP-0220 §2.1.2). */
export function verifyRequest(request: {
  readonly from: string
  readonly to: string
  readonly id: string
  readonly key: string
}): Element {
  return el('verify', DIALBACK_NAMESPACE, { from: request.from, id: request.id, to: request.to }, request.key)
}

/** Step 3: answers a `<db:verify/>` request, addresses swapped, same id (XEP-0220 §2.2.2). */
export function verifyAnswer(request: DialbackAddresses & { readonly id: string }, outcome: DialbackOutcome): Element {
  return answer('verify', request, request.id, outcome)
}

function answer(
  name: 'result' | 'verify',
  request: DialbackAddresses,
  id: string | undefined,
  outcome: DialbackOutcome,
): Element {
  const from = request.element?.attribute('to') ?? request.to
  const to = request.element?.attribute('from') ?? request.from
  const error = outcome.type === 'error' && outcome.error.toElement(CONTENT_NAMESPACE)
  return el(name, DIALBACK_NAMESPACE, { from, id, to, type: outcome.type }, error)
}
