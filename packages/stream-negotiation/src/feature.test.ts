import { SASL_NAMESPACE } from '@parlour/sasl'
import { STARTTLS_COMMAND, starttlsFeature } from '@parlour/tls-negotiation'
import { el } from '@parlour/xml'
import { STREAM_NAMESPACE } from '@parlour/xml-stream'
import { expect, test } from 'vitest'
import { nextFeature } from './feature.ts'
import { CLIENT_STREAM_FEATURES, MECHANISMS_FEATURE, SESSION_FEATURE, STARTTLS_FEATURE } from './features.ts'
import { BIND_NAMESPACE, SESSION_NAMESPACE } from './namespaces.ts'
import { DIALBACK_FEATURE, SERVER_STREAM_FEATURES } from './server-features.ts'
import { AUTHENTICATED, BIDIRECTIONAL, BOUND, permits, SECURE } from './stream-bits.ts'

const MECHANISMS = el('mechanisms', SASL_NAMESPACE, {}, el('mechanism', SASL_NAMESPACE, {}, 'PLAIN'))
const ALL = el(
  'features',
  STREAM_NAMESPACE,
  {},
  el('bind', BIND_NAMESPACE),
  el('session', SESSION_NAMESPACE),
  MECHANISMS,
  starttlsFeature(false),
)

test('RFC 6120 §4.3.2: the order follows from the bits: TLS, SASL, binding, then what only informs', () => {
  expect(CLIENT_STREAM_FEATURES.map((feature) => feature.name)).toEqual([
    'starttls',
    'authentication',
    'mechanisms',
    'bind',
    'session',
  ])
})

test.each([
  [0, 'starttls'],
  [SECURE, 'mechanisms'],
  [AUTHENTICATED, 'bind'],
  [SECURE | AUTHENTICATED, 'bind'],
  [SECURE | AUTHENTICATED | BOUND, undefined],
])('RFC 6120 §4.3.2: with bits %i and everything listed, the next feature is %s', (bits, name) => {
  expect(nextFeature(CLIENT_STREAM_FEATURES, bits, ALL)?.name).toBe(name)
})

test('features read what the peer lists', () => {
  expect(MECHANISMS_FEATURE.parse(MECHANISMS)).toEqual(['PLAIN'])
  expect(SESSION_FEATURE.parse(el('session', SESSION_NAMESPACE))).toEqual({ optional: false })
  expect(STARTTLS_FEATURE.parse(STARTTLS_COMMAND)).toEqual({ required: false })
})

test('a bit that is prohibited or missing keeps a feature out', () => {
  expect(permits(SECURE, SECURE, 0)).toBe(true)
  expect(permits(0, SECURE, 0)).toBe(false)
  expect(permits(SECURE | BOUND, SECURE, BOUND)).toBe(false)
})

const SERVER_FEATURES = el(
  'features',
  STREAM_NAMESPACE,
  {},
  ...DIALBACK_FEATURE.list({ tls: { name: 'secured' }, mechanisms: () => [], dialback: true }),
  MECHANISMS,
  el('bidi', 'urn:xmpp:features:bidi'),
  starttlsFeature(true),
)

test.each([
  [0, 'starttls'],
  [SECURE, 'bidi'],
  [SECURE | BIDIRECTIONAL, 'mechanisms'],
  [SECURE | BIDIRECTIONAL | AUTHENTICATED, 'dialback'],
])('XEP-0288 §2.2, XEP-0178 §3: between servers, with bits %i and everything listed, the next is %s', (bits, name) => {
  expect(nextFeature(SERVER_STREAM_FEATURES, bits, SERVER_FEATURES)?.name).toBe(name)
})

test('XEP-0220 §2.4.2: the feature is read with what it says of errors', () => {
  expect(DIALBACK_FEATURE.parse(SERVER_FEATURES)).toEqual({ errors: true })
  expect(DIALBACK_FEATURE.parse(el('dialback', 'urn:xmpp:features:dialback'))).toEqual({ errors: false })
})
