import { type Element, el } from '@parlour/xml'
import { SASL_NAMESPACE } from './elements.ts'

/** The stream feature `<mechanisms/>`, in the order of preference given (RFC 6120 §6.4.1). */
export const mechanismsElement = (names: readonly string[]): Element =>
  el('mechanisms', SASL_NAMESPACE, {}, ...names.map((name) => el('mechanism', SASL_NAMESPACE, {}, name)))

/** The names in `<mechanisms/>`; other children are passed over (RFC 6120 §6.3.5). */
export const readMechanisms = (element: Element): string[] =>
  element.childrenNamed('mechanism', SASL_NAMESPACE).map((child) => child.text().trim())
