import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import {
  isStanzaErrorCondition,
  isStanzaErrorType,
  message,
  STANZAS_ERROR_NAMESPACE,
  StanzaError,
  type StanzaErrorCondition,
} from './index.ts'

test.each<[StanzaErrorCondition, string]>([
  ['bad-request', 'modify'],
  ['conflict', 'cancel'],
  ['feature-not-implemented', 'cancel'],
  ['forbidden', 'auth'],
  ['gone', 'cancel'],
  ['internal-server-error', 'cancel'],
  ['item-not-found', 'cancel'],
  ['jid-malformed', 'modify'],
  ['not-acceptable', 'modify'],
  ['not-allowed', 'cancel'],
  ['not-authorized', 'auth'],
  ['policy-violation', 'modify'],
  ['recipient-unavailable', 'wait'],
  ['redirect', 'modify'],
  ['registration-required', 'auth'],
  ['remote-server-not-found', 'cancel'],
  ['remote-server-timeout', 'wait'],
  ['resource-constraint', 'wait'],
  ['service-unavailable', 'cancel'],
  ['subscription-required', 'auth'],
  ['undefined-condition', 'cancel'],
  ['unexpected-request', 'wait'],
])('RFC 6120 §8.3.3: %s is of type %s, and read back as written', (condition, type) => {
  const error = new StanzaError(condition, 'why', { lang: 'en', by: 'example.com', application: el('x', 'urn:app') })
  expect(error.type).toBe(type)
  expect(error.message).toBe(`${condition}: why`)
  expect(error).toBeInstanceOf(Error)
  const read = StanzaError.fromElement(message({ type: 'error', children: [error.toElement()] }))
  expect({ ...read }).toEqual({ ...error })
  expect(isStanzaErrorCondition(condition)).toBe(true)
})

test('RFC 6120 §8.3.3: another type may be more fitting', () => {
  const error = new StanzaError('policy-violation', undefined, { type: 'wait' })
  expect(error.toElement('jabber:server').toString()).toBe(
    `<error xmlns='jabber:server' type='wait'><policy-violation xmlns='${STANZAS_ERROR_NAMESPACE}'/></error>`,
  )
  expect(StanzaError.fromElement(error.toElement()).type).toBe('wait')
})

test('RFC 6120 §8.3.3.5, §8.3.3.14: gone and redirect carry the new address', () => {
  const error = new StanzaError('redirect', undefined, { uri: 'xmpp:a@b' })
  expect(error.toElement().child('redirect', STANZAS_ERROR_NAMESPACE)?.text()).toBe('xmpp:a@b')
  const indented = el(
    'error',
    'jabber:client',
    { type: 'cancel' },
    el('gone', STANZAS_ERROR_NAMESPACE, {}, '\n  xmpp:a@b\n'),
  )
  expect(StanzaError.fromElement(indented).uri).toBe('xmpp:a@b')
})

test('RFC 6120 §8.3.2: an unknown condition is undefined-condition; nothing received makes it throw', () => {
  const unknown = el('error', 'jabber:client', { type: 'toString' }, el('constructor', STANZAS_ERROR_NAMESPACE))
  expect(StanzaError.fromElement(unknown)).toMatchObject({ condition: 'undefined-condition', type: 'cancel' })
  expect(StanzaError.fromElement(el('error', 'jabber:client'))).toMatchObject({ condition: 'undefined-condition' })
  expect(StanzaError.fromElement(message({ type: 'error' }))).toMatchObject({ condition: 'undefined-condition' })
  expect(isStanzaErrorCondition('constructor')).toBe(false)
  expect(isStanzaErrorType('toString') || isStanzaErrorType(undefined)).toBe(false)
})

test('the cause is kept', () => {
  const cause = new TypeError('x')
  expect(new StanzaError('internal-server-error', undefined, { cause }).cause).toBe(cause)
  expect('cause' in new StanzaError('conflict')).toBe(false)
})
