import {
  type AuthenticationOffer,
  readAuthenticationOffer,
  readMechanisms,
  SASL_NAMESPACE,
  SASL2_NAMESPACE,
} from '@parlour/sasl'
import {
  mayAuthenticate,
  parseStarttlsFeature,
  type StarttlsOffer,
  TLS_NAMESPACE,
  tlsFeature,
} from '@parlour/tls-negotiation'
import { el } from '@parlour/xml'
import { orderFeatures, type StreamFeature } from './feature.ts'
import { BIND_NAMESPACE, SESSION_NAMESPACE } from './namespaces.ts'
import { AUTHENTICATED, BOUND, SECURE } from './stream-bits.ts'

const BIND = [el('bind', BIND_NAMESPACE)]
const SESSION = [el('session', SESSION_NAMESPACE, {}, el('optional', SESSION_NAMESPACE))]

/** STARTTLS (RFC 6120 §5): never once TLS stands or SASL has succeeded. */
export const STARTTLS_FEATURE: StreamFeature<StarttlsOffer | undefined> = {
  name: 'starttls',
  namespace: TLS_NAMESPACE,
  necessary: 0,
  prohibited: SECURE | AUTHENTICATED | BOUND,
  establishes: SECURE,
  list: ({ tls }) => [tlsFeature(tls)].filter((element) => element !== undefined),
  parse: parseStarttlsFeature,
  negotiate: 'start-tls',
}

/** SASL (RFC 6120 §6): hidden while mandatory TLS does not stand (§5.3.1). */
export const MECHANISMS_FEATURE: StreamFeature<readonly string[]> = {
  name: 'mechanisms',
  namespace: SASL_NAMESPACE,
  necessary: 0,
  prohibited: AUTHENTICATED | BOUND,
  establishes: AUTHENTICATED,
  list: ({ tls, mechanisms }) => (mayAuthenticate(tls) ? mechanisms() : []),
  parse: readMechanisms,
  negotiate: 'authenticate',
}

/** SASL2 (XEP-0388), beside the profile of RFC 6120 §6; "MUST only be … offered by Servers after TLS negotiation" (§4). */
export const AUTHENTICATION_FEATURE: StreamFeature<AuthenticationOffer> = {
  name: 'authentication',
  namespace: SASL2_NAMESPACE,
  necessary: SECURE,
  prohibited: AUTHENTICATED | BOUND,
  establishes: AUTHENTICATED,
  list: () => [], // the SASL side lists it beside the mechanisms
  parse: readAuthenticationOffer,
  negotiate: undefined,
}

/** Resource binding (RFC 6120 §7): always after SASL, never before (§7.4). */
export const BIND_FEATURE: StreamFeature<true> = {
  name: 'bind',
  namespace: BIND_NAMESPACE,
  necessary: AUTHENTICATED,
  prohibited: BOUND,
  establishes: BOUND,
  list: () => BIND,
  parse: () => true,
  negotiate: 'bind',
}

/** The session of RFC 3921 §3, listed as optional so that new clients leave it and old ones find it. */
export const SESSION_FEATURE: StreamFeature<{ readonly optional: boolean }> = {
  name: 'session',
  namespace: SESSION_NAMESPACE,
  necessary: AUTHENTICATED,
  prohibited: BOUND,
  establishes: 0,
  list: () => SESSION,
  parse: (element) => ({ optional: element.child('optional', SESSION_NAMESPACE) !== undefined }),
  negotiate: undefined,
}

/** The features of a client-to-server stream, in the order that their bits give. */
export const CLIENT_STREAM_FEATURES: readonly StreamFeature[] = orderFeatures([
  BIND_FEATURE,
  AUTHENTICATION_FEATURE,
  MECHANISMS_FEATURE,
  SESSION_FEATURE,
  STARTTLS_FEATURE,
])
