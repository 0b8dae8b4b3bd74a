import { type Attributes, type Element, el } from '@parlour/xml'
import { decodeBase64, encodeBase64 } from '../base64.ts'
import { isSaslCondition, type SaslCondition } from '../conditions.ts'

/** Namespace of SASL in XMPP (RFC 6120 §6). */
export const SASL_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-sasl'

/** Base 64 characters that one element may hold; every mechanism here needs far fewer. */
export const MAXIMUM_MESSAGE_CHARACTERS = 16_384

/** Why an element's data are not usable, as the condition to answer with. */
export type MessageFault = 'incorrect-encoding' | 'malformed-request'

/** Whether the element is one of SASL's: `<auth/>`, `<challenge/>`, `<response/>`, `<success/>`, `<failure/>`, `<abort/>`. */
export const isSaslElement = (element: Element): boolean => element.namespace === SASL_NAMESPACE

/** No octets at all are sent as `=` where nothing would mean that there is no message (RFC 6120 §6.4.2, §6.4.6). */
const encodeMessage = (message: Uint8Array): string => (message.length === 0 ? '=' : encodeBase64(message))

const NO_ATTRIBUTES: Attributes = {}

const messageElement = (name: string, message: Uint8Array | undefined, attributes = NO_ATTRIBUTES): Element =>
  el(name, SASL_NAMESPACE, attributes, message && encodeMessage(message))

/** `<auth mechanism='…'>`, with the initial response if there is one. */
export const authElement = (mechanism: string, initialResponse?: Uint8Array): Element =>
  messageElement('auth', initialResponse, { mechanism })

/** `<challenge/>`; empty data make it empty, not `=` (RFC 6120 §6.4.3). */
export const challengeElement = (message: Uint8Array): Element =>
  messageElement('challenge', message.length === 0 ? undefined : message)

/** `<response/>`; empty data make it empty, not `=` (RFC 6120 §6.4.3). */
export const responseElement = (message: Uint8Array): Element =>
  messageElement('response', message.length === 0 ? undefined : message)

/** `<success/>`, with additional data if there are any. */
export const successElement = (message?: Uint8Array): Element => messageElement('success', message)

/** `<abort/>` (RFC 6120 §6.4.4). */
export const abortElement = (): Element => el('abort', SASL_NAMESPACE)

/** `<failure/>` (RFC 6120 §6.5). */
export const failureElement = (condition: SaslCondition, text?: string, lang = 'en'): Element =>
  el(
    'failure',
    SASL_NAMESPACE,
    {},
    el(condition, SASL_NAMESPACE),
    text !== undefined && el('text', SASL_NAMESPACE, { 'xml:lang': lang }, text),
  )

/** What a `<failure/>` says; an unknown condition is as `not-authorized` (RFC 6120 §6.5). */
export function readFailure(element: Element): { condition: SaslCondition; text: string | undefined } {
  const named = element.elements().find((child) => child.namespace === SASL_NAMESPACE && child.name !== 'text')
  const condition = named && isSaslCondition(named.name) ? named.name : 'not-authorized'
  return { condition, text: element.childText('text', SASL_NAMESPACE) }
}

/**
 * The octets that an element holds: `undefined` when it is empty, no octets when it is `=`; what is not base 64
 * (RFC 6120 §6.3.5: no white space either) or too long is a fault.
 */
export function readMessage(element: Element): Uint8Array | undefined | MessageFault {
  const text = element.text()
  if (text === '') return undefined
  if (text === '=') return new Uint8Array(0)
  if (text.length > MAXIMUM_MESSAGE_CHARACTERS) return 'malformed-request'
  return decodeBase64(text) ?? 'incorrect-encoding'
}
