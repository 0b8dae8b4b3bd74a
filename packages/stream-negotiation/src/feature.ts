import type { TlsReceiverState } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import { permits, type StreamBits } from './stream-bits.ts'

/** What a receiving entity looks at when it lists features. */
export interface FeatureListing {
  /** How TLS stands; whether authentication may begin is read here, not from the path that led here (CVE-2014-8760). */
  readonly tls: TlsReceiverState
  /** The `<mechanisms/>` element and what goes beside it (XEP-0388, XEP-0440), made by the SASL side. */
  mechanisms(): readonly Element[]
  /** Streams between servers: both directions are offered (XEP-0288). */
  readonly bidirectional?: boolean
  /** Streams between servers: dialback is offered (XEP-0220). */
  readonly dialback?: boolean
}

/** What a feature asks of an initiating entity, when its turn comes. */
export type FeatureAction = 'start-tls' | 'authenticate' | 'bind' | 'open-both-directions' | 'dial-back'

/**
 * A stream feature as data (RFC 6120 §4.3.2). When it may be listed or negotiated follows from its bits, and so does the
 * order: a feature that establishes a bit comes before all that need it.
 */
export interface StreamFeature<Offer = unknown> {
  /** Name of the element in `<features/>`. */
  readonly name: string
  readonly namespace: string
  /** Bits that must be set. */
  readonly necessary: StreamBits
  /** Bits that must not be set. */
  readonly prohibited: StreamBits
  /** The bit that successful negotiation sets; 0 for a feature that only informs. */
  readonly establishes: StreamBits
  /** Receiving entity: the elements to list, none if it is not to be offered now. */
  list(listing: FeatureListing): readonly Element[]
  /** Initiating entity: what the listed element offers. */
  parse(element: Element): Offer
  /** Initiating entity: what to do about it; `undefined` for a feature that needs nothing. */
  readonly negotiate: FeatureAction | undefined
}

/** Features in the order in which they can be negotiated: by the bit that they establish, the informing ones last. */
export function orderFeatures(features: readonly StreamFeature[]): StreamFeature[] {
  return features.toSorted((a, b) => (a.establishes || Infinity) - (b.establishes || Infinity))
}

/** The elements of `<features/>` for a stream with these bits. */
export function listFeatures(
  features: readonly StreamFeature[],
  bits: StreamBits,
  listing: FeatureListing,
): readonly Element[] {
  const listed: Element[] = []
  for (const { necessary, prohibited, list } of features)
    if (permits(bits, necessary, prohibited)) listed.push(...list(listing))
  return listed
}

/** The first feature that the peer lists and that can be negotiated now; `undefined` when nothing is left to do. */
export function nextFeature(
  features: readonly StreamFeature[],
  bits: StreamBits,
  listed: Element,
): StreamFeature | undefined {
  return features.find(
    (f) => f.negotiate && permits(bits, f.necessary, f.prohibited) && listed.child(f.name, f.namespace) !== undefined,
  )
}
