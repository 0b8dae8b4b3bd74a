import {
  type AuthenticationOffer,
  authenticationElement,
  channelBindingsElement,
  mechanismsElement,
} from '@parlour/sasl'
import { type Element, el } from '@parlour/xml'
import { STREAM_NAMESPACE } from '@parlour/xml-stream'
import { BoundedCache } from '../bounded-cache.ts'

/** What is offered depends on the host, on its settings and on the version of TLS: there are few that differ. */
const OFFERS = 64

const mechanismElements = new BoundedCache<Element>(OFFERS)
const bindingElements = new BoundedCache<Element>(OFFERS)
const offerElements = new WeakMap<AuthenticationOffer, Element>()

/** `<mechanisms/>`; the same element for the same names. */
export const offeredMechanisms = (names: readonly string[]): Element =>
  mechanismElements.getOr(names.join(' '), () => mechanismsElement(names))

/** XEP-0440 §3, rule 5: a client that is told of channel bindings, but of no mechanism that uses them, gives up. */
export const usesBindings = (mechanisms: readonly string[]): boolean =>
  mechanisms.some((name) => name.endsWith('-PLUS'))

/** `<sasl-channel-binding/>` (XEP-0440); the same element for the same types. */
export const offeredBindings = (types: readonly string[]): Element =>
  bindingElements.getOr(types.join(' '), () => channelBindingsElement(types))

/** `<authentication/>`; the same element for the same offer. */
export function offeredAuthentication(offer: AuthenticationOffer): Element {
  const known = offerElements.get(offer)
  if (known) return known
  const made = authenticationElement(offer)
  offerElements.set(offer, made)
  return made
}

interface Written {
  readonly features: readonly Element[]
  readonly text: string
}

/** By the first of the features. */
const written = new WeakMap<Element, Written>()

/**
 * `<stream:features/>`, written once for the same elements.
 *
 * @param write the same for all streams
 */
export function featuresText(features: readonly Element[], write: (element: Element) => string): string {
  const [first] = features
  const known = first && written.get(first)
  if (known?.features.length === features.length && known.features.every((each, at) => each === features[at]))
    return known.text
  const text = write(el('features', STREAM_NAMESPACE, {}, ...features))
  if (first) written.set(first, { features, text })
  return text
}
