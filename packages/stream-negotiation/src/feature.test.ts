import { SASL_NAMESPACE } from '@parlour/sasl'
import { STARTTLS_COMMAND, starttlsFeature } from '@parlour/tls-negotiation'
import { el } from '@parlour/xml'
import { STREAM_NAMESPACE } from '@parlour/xml-stream'
import { expect, test } from 'vitest'
import { nextFeature } from './feature.ts'
import { CLIENT_STREAM_FEATURES, MECHANISMS_FEATURE, SESSION_FEATURE, STARTTLS_FEATURE } from './features.ts'
import { BIND_NAMESPACE, SESSION_NAMESPACE } from './namespaces.ts'
import { AUTHENTICATED, BOUND, permits, SECURE } from './stream-bits.ts'

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
  expect(CLIENT_STREAM_FEATURES.map((feature) => feature.name)).toEqual(['starttls', 'mechanisms', 'bind', 'session'])
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
