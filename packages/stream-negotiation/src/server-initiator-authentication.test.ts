import { describe, expect, test } from 'vitest'
import { failedWith, HEADER, initiating, NO_DB } from './server-initiator.fixture.ts'
import {
  ASK,
  AUTH,
  answer,
  answerWith,
  BIDI,
  DIALBACK,
  EXTERNAL,
  FOOTER,
  features,
  KEY,
  MESSAGE,
  REFUSED,
  SASL,
  SUCCESS,
  streamError,
  VALID,
} from './server-text.fixture.ts'
import { CHUNKS } from './server-wire.fixture.ts'

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  const { hear, secured, dialing } = initiating(chunk)

  describe('EXTERNAL', () => {
    test('a failure without dialback is the end', () => {
      const end = hear(secured(), answerWith('a', {}, NO_DB), features(EXTERNAL), REFUSED)
      failedWith(end, 'authentication-failed', AUTH + FOOTER)
      expect(end.find('failed')?.error.cause).toMatchObject({ code: 'failure', condition: 'not-authorized' })
      failedWith(
        hear(secured({ dialback: false }), HEADER, features(EXTERNAL, DIALBACK), REFUSED),
        'authentication-failed',
        AUTH + FOOTER,
      )
    })

    test('XEP-0178 §3 step 11: a failure and the end of the stream', () => {
      const closed = hear(secured(), HEADER, features(EXTERNAL, DIALBACK), REFUSED, FOOTER)
      failedWith(closed, 'authentication-failed', AUTH + KEY + FOOTER)
      const lost = hear(secured(), HEADER, features(EXTERNAL, DIALBACK), REFUSED)
      lost.take({ type: 'connection-lost', cause: undefined })
      failedWith(lost, 'authentication-failed', AUTH + KEY)
      expect(lost.find('failed')?.error.cause).toMatchObject({ condition: 'not-authorized' })
      const error = hear(secured(), HEADER, features(EXTERNAL, DIALBACK), REFUSED, streamError('policy-violation'))
      failedWith(error, 'stream-error', AUTH + KEY + FOOTER)
    })

    test('RFC 6120 §6.4.6: after success a new stream, whose features count', () => {
      const end = hear(secured(), HEADER, features(EXTERNAL, DIALBACK), SUCCESS)
      expect(end.takeWritten()).toBe(AUTH + ASK)
      expect(end.find('established')).toBeUndefined()
      const limits = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes></limits>"
      hear(end, answerWith('second'), features(limits, "<sm xmlns='urn:xmpp:sm:3'/>"))
      expect(end.takeWritten()).toBe('')
      expect(end.find('established')).toMatchObject({
        authentication: 'external',
        certificate: { verified: true },
        dialbackErrors: false,
        header: { id: 'second' },
        limits: { maxBytes: 10_000, idleSeconds: undefined },
      })
      expect(end.find('established')?.features.child('sm', 'urn:xmpp:sm:3')).toBeDefined()
    })

    test('what comes behind <success/> belongs to no stream', () => {
      const end = hear(secured(), HEADER, features(EXTERNAL))
      end.feed(`${SUCCESS}${MESSAGE}`, Number.MAX_SAFE_INTEGER)
      expect(end.state.name).toBe('awaiting-header')
      expect(end.takeWritten()).toBe(AUTH + ASK)
    })

    test.each([`<challenge ${SASL}/>`, MESSAGE, VALID, features(EXTERNAL)])('%s is no answer', (text) => {
      failedWith(hear(secured(), HEADER, features(EXTERNAL), text), 'unexpected-element', AUTH + FOOTER)
    })

    test.each([
      ['switched off', { external: false }, features(EXTERNAL, DIALBACK)],
      ['not among the mechanisms', {}, features(EXTERNAL.replace('EXTERNAL', 'PLAIN'), DIALBACK)],
      ['not offered', {}, features(`<mechanisms ${SASL}/>`, DIALBACK)],
    ])('%s: dialback', (_, policy, offered) => {
      expect(hear(secured(policy), HEADER, offered).takeWritten()).toBe(KEY)
    })
  })

  describe('dialback', () => {
    test('XEP-0220 §2.4.1: offered by the header alone, without errors', () => {
      const end = hear(secured(), HEADER, features())
      expect(end.takeWritten()).toBe(KEY)
      expect(hear(end, VALID).find('established')).toMatchObject({ authentication: 'dialback', dialbackErrors: false })
    })

    test('XEP-0220 §2.4.2: offered by the feature alone', () => {
      const end = hear(secured(), answerWith('D60000229F', {}, NO_DB), features(DIALBACK))
      expect(end.takeWritten()).toBe(KEY)
      expect(end.find('make-dialback-key')).toEqual({
        type: 'make-dialback-key',
        receiving: 'montague.example',
        originating: 'capulet.example',
        streamId: 'D60000229F',
      })
      const valid = VALID.replace('db:result', "db:result xmlns:db='jabber:server:dialback'")
      expect(hear(end, valid).find('established')).toMatchObject({ authentication: 'dialback', dialbackErrors: true })
    })

    test('offered by neither, or not wanted: nothing is said', () => {
      failedWith(hear(secured(), answerWith('a', {}, NO_DB), features()), 'mechanisms-not-offered', FOOTER)
      failedWith(hear(secured({ dialback: false }), HEADER, features(DIALBACK)), 'mechanisms-not-offered', FOOTER)
      const both = secured({ dialback: false, bidirectional: true })
      failedWith(hear(both, HEADER, features(BIDI, DIALBACK)), 'mechanisms-not-offered', FOOTER)
    })

    test('the id of the stream inside TLS is what the key is made of, and without one there is none', () => {
      const end = hear(secured(), answerWith('inside'), features(DIALBACK))
      expect(end.find('make-dialback-key')?.streamId).toBe('inside')
      for (const id of [undefined, ''])
        failedWith(hear(secured(), answerWith('', { id }), features(DIALBACK)), 'dialback-error', FOOTER)
    })

    test('XEP-0220 §2.1.1: invalid', () => {
      failedWith(hear(dialing(), answer('invalid')), 'dialback-invalid', FOOTER)
    })

    test('XEP-0220 §2.5: an error, with its condition', () => {
      const content = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
      const end = hear(dialing(), answer('error', content))
      failedWith(end, 'dialback-error', FOOTER)
      expect(end.find('failed')?.error.cause).toMatchObject({ condition: 'item-not-found' })
    })

    test.each([
      VALID.replace('montague', 'evil'),
      VALID.replace('capulet', 'evil'),
      VALID.replace("from='montague.example' ", ''),
      VALID.replace('valid', 'VALID'),
      VALID.replace('db:result', "db:verify id='417GAF25'"),
      VALID.replace('db:result', "result xmlns='jabber:server'"),
      "<db:result from='montague.example' to='capulet.example'>key</db:result>",
      MESSAGE,
      SUCCESS,
    ])('XEP-0220 §3.1: %s was not asked for', (text) => {
      failedWith(hear(dialing(), text), 'unexpected-element', FOOTER)
    })

    test('a stream that is closed meanwhile', () => {
      failedWith(hear(dialing(), FOOTER), 'stream-closed', FOOTER)
    })
  })
})
