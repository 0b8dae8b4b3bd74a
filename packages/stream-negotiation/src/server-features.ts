import { DIALBACK_FEATURE_NAMESPACE, type DialbackOffer, dialbackFeature, readDialbackFeature } from '@parlour/dialback'
import { el } from '@parlour/xml'
import type { StreamFeature } from './feature.ts'
import { MECHANISMS_FEATURE, STARTTLS_FEATURE } from './features.ts'
import { BIDIRECTIONAL_FEATURE_NAMESPACE } from './namespaces.ts'
import { AUTHENTICATED, BIDIRECTIONAL, SECURE } from './stream-bits.ts'

/** The SASL mechanism of server-to-server streams (XEP-0178 §3). */
export const EXTERNAL = 'EXTERNAL'

/** Both directions on one stream (XEP-0288 §2): after TLS, before authentication. */
export const BIDIRECTIONAL_FEATURE: StreamFeature<true> = {
  name: 'bidi',
  namespace: BIDIRECTIONAL_FEATURE_NAMESPACE,
  necessary: SECURE,
  prohibited: AUTHENTICATED | BIDIRECTIONAL,
  establishes: BIDIRECTIONAL,
  list: ({ bidirectional }) => (bidirectional ? [el('bidi', BIDIRECTIONAL_FEATURE_NAMESPACE)] : []),
  parse: () => true,
  negotiate: 'open-both-directions',
}

/** Dialback (XEP-0220 §2.4.2), never without TLS. Listed after authentication too: further pairs may share the stream. */
export const DIALBACK_FEATURE: StreamFeature<DialbackOffer | undefined> = {
  name: 'dialback',
  namespace: DIALBACK_FEATURE_NAMESPACE,
  necessary: SECURE,
  prohibited: 0,
  establishes: AUTHENTICATED,
  list: ({ dialback }) => (dialback ? [dialbackFeature({ errors: true })] : []),
  parse: readDialbackFeature,
  negotiate: 'dial-back',
}

/**
 * The features of a server-to-server stream, in the order in which an initiating server takes them: TLS, both directions
 * (XEP-0288 §2.2: before authentication), EXTERNAL, and dialback where that cannot be had.
 */
export const SERVER_STREAM_FEATURES: readonly StreamFeature[] = [
  STARTTLS_FEATURE,
  BIDIRECTIONAL_FEATURE,
  MECHANISMS_FEATURE,
  DIALBACK_FEATURE,
]
