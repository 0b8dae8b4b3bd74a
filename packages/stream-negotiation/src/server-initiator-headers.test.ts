import { describe, expect, test } from 'vitest'
import { failedWith, HEADER, initiating } from './server-initiator.fixture.ts'
import {
  AUTH,
  answerWith,
  EXTERNAL,
  FOOTER,
  features,
  MESSAGE,
  PROCEED,
  STARTTLS_FEATURES,
  SUCCESS,
  streamError,
  VALID,
} from './server-text.fixture.ts'
import { CHUNKS } from './server-wire.fixture.ts'

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  const { hear, plain, secured } = initiating(chunk)

  describe('headers', () => {
    test.each([
      [{ version: undefined }, 'unsupported-version', 'unsupported-version'],
      [{ version: '0.9' }, 'unsupported-version', 'unsupported-version'],
      [{ version: 'x' }, 'unsupported-version', 'unsupported-version'],
    ])('RFC 6120 §4.7.5: a response with %j', (changes, code, condition) => {
      failedWith(hear(plain(), answerWith('a', changes)), code, streamError(condition))
    })

    test('RFC 6120 §4.8.2: another content namespace', () => {
      const client = HEADER.replace('jabber:server', 'jabber:client')
      failedWith(hear(plain(), client), 'invalid-namespace', streamError('invalid-namespace'))
    })

    test.each([
      { from: 'capulet.example' },
      { from: 'evil.example' },
      { from: 'sub.montague.example' },
      { from: 'a@montague.example' },
      { from: 'montague.example/x' },
      { from: '@@' },
      { to: 'evil.example' },
      { to: 'montague.example' },
      { to: 'a@capulet.example' },
    ])('RFC 6120 §4.7.1, §4.7.2: a response with %j is not for this stream', (changes) => {
      const before = hear(plain(), answerWith('a', changes), STARTTLS_FEATURES)
      failedWith(before, 'invalid-addresses', streamError('invalid-from'))
      const inside = hear(secured(), answerWith('a', changes), features(EXTERNAL))
      failedWith(inside, 'invalid-addresses', streamError('invalid-from'))
    })

    test.each([
      { from: undefined, to: undefined },
      { from: '', to: '' },
      { from: 'MONTAGUE.example', to: 'Capulet.Example' },
    ])('RFC 6120 §4.7.1: be liberal with %j', (changes) => {
      expect(hear(secured(), answerWith('a', changes), features(EXTERNAL)).takeWritten()).toBe(AUTH)
    })

    test.each(['', 'other.example'])('RFC 6120 §4.9.3.6: host-unknown in the name of %j is told as such', (from) => {
      const end = hear(plain(), answerWith('a', { from }), streamError('host-unknown'))
      failedWith(end, 'stream-error', FOOTER)
      expect(end.find('failed')?.error.cause).toMatchObject({ condition: 'host-unknown' })
    })

    test('features come before all else', () => {
      for (const text of [MESSAGE, VALID, PROCEED, SUCCESS, "<features xmlns='urn:x'/>"])
        failedWith(hear(secured(), HEADER, text), 'unexpected-element', FOOTER)
    })
  })
})
