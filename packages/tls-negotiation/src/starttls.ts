import { type Element, el } from '@parlour/xml'

/** Namespace of STARTTLS elements (RFC 6120 §5.2). */
export const TLS_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-tls'

/** What a stream feature `<starttls/>` says (RFC 6120 §5.4.1). */
export interface StarttlsOffer {
  /** TLS is mandatory to negotiate: the offer contains `<required/>`. */
  readonly required: boolean
}

const REQUIRED = el('starttls', TLS_NAMESPACE, {}, el('required', TLS_NAMESPACE))
const VOLUNTARY = el('starttls', TLS_NAMESPACE)

/** The feature `<starttls/>` that a receiving entity lists, with `<required/>` where TLS is mandatory (RFC 6120 §5.4.1). */
export function starttlsFeature(required: boolean): Element {
  return required ? REQUIRED : VOLUNTARY
}

/** Reads a `<starttls/>` feature; `undefined` when the element is not one. */
export function parseStarttlsFeature(element: Element | undefined): StarttlsOffer | undefined {
  if (!element?.is('starttls', TLS_NAMESPACE)) return undefined
  return { required: element.child('required', TLS_NAMESPACE) !== undefined }
}

/** The STARTTLS command of the initiating entity (RFC 6120 §5.4.2.1). */
export const STARTTLS_COMMAND: Element = el('starttls', TLS_NAMESPACE)

/** The receiving entity's agreement; every byte after its `>` is TLS (RFC 6120 §5.4.2.3). */
export const STARTTLS_PROCEED: Element = el('proceed', TLS_NAMESPACE)

/** The receiving entity's refusal; `</stream>` and the end of the connection follow (RFC 6120 §5.4.2.2). */
export const STARTTLS_FAILURE: Element = el('failure', TLS_NAMESPACE)

/** Whether an element is a well-formed STARTTLS command: the right name, and nothing inside (RFC 6120 §5.4.2.1). */
export function isStarttlsCommand(element: Element): boolean {
  return element.is('starttls', TLS_NAMESPACE) && element.children.length === 0
}
