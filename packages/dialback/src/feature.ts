import { type Element, el } from '@parlour/xml'
import { DIALBACK_FEATURE_NAMESPACE } from './namespaces.ts'

/** What a stream feature `<dialback/>` says (XEP-0220 §2.4.2). */
export interface DialbackOffer {
  /** Errors are answered as `type='error'`, and so the stream may carry several target domains (XEP-0220 §2.6.2). */
  readonly errors: boolean
}

/** The stream feature `<dialback/>` (XEP-0220 §2.4.2). */
export function dialbackFeature(offer: DialbackOffer): Element {
  return el('dialback', DIALBACK_FEATURE_NAMESPACE, {}, offer.errors && el('errors', DIALBACK_FEATURE_NAMESPACE))
}

/** Reads the feature `<dialback/>` itself, or finds it in `<stream:features/>`; `undefined` when it is not there. */
export function readDialbackFeature(element: Element | undefined): DialbackOffer | undefined {
  const feature = element?.is('dialback', DIALBACK_FEATURE_NAMESPACE)
    ? element
    : element?.child('dialback', DIALBACK_FEATURE_NAMESPACE)
  if (!feature) return undefined
  return { errors: feature.child('errors', DIALBACK_FEATURE_NAMESPACE) !== undefined }
}
