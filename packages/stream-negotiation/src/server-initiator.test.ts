import { describe, expect, test } from 'vitest'
import type { ServerInitiatorPolicy } from './server-initiator-types.ts'
import {
  ANSWER,
  ASK,
  AUTH,
  answer,
  answerWith,
  BIDI,
  COMMAND,
  DIALBACK,
  EXTERNAL,
  FOOTER,
  features,
  KEY,
  MESSAGE,
  PROCEED,
  REFUSED,
  SASL,
  STARTTLS_FEATURES,
  streamError,
  TLS,
  VALID,
} from './server-text.fixture.ts'
import { CHUNKS, InitiatorEnd } from './server-wire.fixture.ts'

const HEADER = answerWith('417GAF25')
const NO_DB = ''

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  /** An initiator in plain text, its header taken. */
  const plain = (policy: Partial<ServerInitiatorPolicy> = {}) => {
    const end = new InitiatorEnd(policy)
    expect(end.takeWritten()).toBe(end.find('send-header')?.header.dialback ? ASK : ASK.replace(/ xmlns:db='.*?'/, ''))
    return end
  }
  const hear = (end: InitiatorEnd, ...texts: string[]) => {
    for (const text of texts) end.feed(text, chunk)
    return end
  }
  /** Inside TLS, the initial header sent and taken. */
  const secured = (policy: Partial<ServerInitiatorPolicy> = {}) => {
    const end = hear(plain(policy), HEADER, STARTTLS_FEATURES, PROCEED)
    end.secure()
    end.takeWritten()
    return end
  }
  /** With the key sent, the answer outstanding. */
  const dialing = () => {
    const end = hear(secured(), HEADER, features(DIALBACK))
    expect(end.takeWritten()).toBe(KEY)
    return end
  }
  const failedWith = (end: InitiatorEnd, code: string, written: string) => {
    expect(end.code).toBe(code)
    expect(end.takeWritten()).toBe(written)
    expect(end.state.name).toBe('failed')
    expect(end.find('established')).toBeUndefined()
  }

  describe('STARTTLS is never done without', () => {
    test.each([
      ['nothing', features()],
      ['EXTERNAL and dialback in plain text', features(EXTERNAL, DIALBACK, BIDI)],
      ['STARTTLS in another namespace', features("<starttls xmlns='urn:other'/>")],
    ])('CVE-2016-10027: features with %s are the end', (_, offered) => {
      failedWith(hear(plain(), HEADER, offered), 'starttls-not-offered', FOOTER)
    })

    test('a stream for <db:verify/> needs it too', () => {
      failedWith(hear(plain({ purpose: 'verify' }), HEADER, features(DIALBACK)), 'starttls-not-offered', FOOTER)
    })

    test.each([
      [`<failure ${TLS}/>`, 'starttls-refused'],
      [VALID, 'starttls-unexpected-answer'],
      [`<success ${SASL}/>`, 'starttls-unexpected-answer'],
      [MESSAGE, 'starttls-unexpected-answer'],
    ])('RFC 6120 §5.4.2: %s instead of <proceed/>', (text, code) => {
      failedWith(hear(plain(), HEADER, STARTTLS_FEATURES, text), code, COMMAND + FOOTER)
    })

    test('RFC 6120 §5.4.3.2: a handshake that fails, or a certificate that is not accepted, ends without a footer', () => {
      const end = hear(plain(), HEADER, STARTTLS_FEATURES, PROCEED)
      end.take({ type: 'tls-failed', cause: new Error('the certificate is not for montague.example') })
      failedWith(end, 'tls-failed', COMMAND)
      expect(end.find('failed')?.error.cause).toMatchObject({ message: expect.stringContaining('not for montague') })
      const lost = hear(plain(), HEADER, STARTTLS_FEATURES, PROCEED)
      lost.take({ type: 'connection-lost', cause: undefined })
      failedWith(lost, 'tls-failed', COMMAND)
    })

    test('RFC 6120 §5.4.3.3: what comes behind <proceed/> in plain text is not heard, what was learned is forgotten', () => {
      const injected = `${PROCEED}${HEADER}${features(EXTERNAL)}<success ${SASL}/>${VALID}`
      const end = hear(plain(), HEADER, STARTTLS_FEATURES, injected)
      expect(end.takeWritten()).toBe(COMMAND)
      end.secure()
      expect(end.takeWritten()).toBe(ASK)
      expect(end.state).toMatchObject({ name: 'awaiting-header', stream: { features: undefined, header: undefined } })
    })

    test('XEP-0368: direct TLS begins with authentication; STARTTLS offered inside is passed over', () => {
      const end = new InitiatorEnd({}, true)
      expect(hear(end, HEADER, features(`<starttls ${TLS}/>`, EXTERNAL)).takeWritten()).toBe(ASK + AUTH)
    })
  })

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
      for (const text of [MESSAGE, VALID, PROCEED, `<success ${SASL}/>`, "<features xmlns='urn:x'/>"])
        failedWith(hear(secured(), HEADER, text), 'unexpected-element', FOOTER)
    })
  })

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
      const end = hear(secured(), HEADER, features(EXTERNAL, DIALBACK), `<success ${SASL}/>`)
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
      end.feed(`<success ${SASL}/>${MESSAGE}`, Number.MAX_SAFE_INTEGER)
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
      `<success ${SASL}/>`,
    ])('XEP-0220 §3.1: %s was not asked for', (text) => {
      failedWith(hear(dialing(), text), 'unexpected-element', FOOTER)
    })

    test('a stream that is closed meanwhile', () => {
      failedWith(hear(dialing(), FOOTER), 'stream-closed', FOOTER)
    })
  })

  describe('what else may happen', () => {
    test('XEP-0220 §2.1.2: for <db:verify/> TLS is enough', () => {
      const end = hear(secured({ purpose: 'verify', bidirectional: true }), HEADER, features(BIDI, EXTERNAL, DIALBACK))
      expect(end.takeWritten()).toBe('')
      expect(end.find('established')).toMatchObject({ authentication: 'none', bidirectional: false })
      expect(end.find('send-header')?.header.dialback).toBe(true)
    })

    test('the header tells of dialback only where it is used', () => {
      expect(plain({ dialback: false }).find('send-header')?.header.dialback).toBe(false)
    })

    test('XEP-0288 §2.2: <bidi/> is said once, also when EXTERNAL fails', () => {
      const end = hear(secured({ bidirectional: true }), HEADER, features(BIDI, EXTERNAL, DIALBACK), REFUSED, VALID)
      expect(end.takeWritten()).toBe(`<bidi xmlns='urn:xmpp:bidi'/>${AUTH}${KEY}`)
      expect(end.find('established')).toMatchObject({ authentication: 'dialback', bidirectional: true })
    })

    test('RFC 6120 §4.9: a stream error at any time', () => {
      const ends = [
        hear(plain(), HEADER),
        hear(plain(), HEADER, STARTTLS_FEATURES),
        hear(secured(), HEADER, features(EXTERNAL)),
        dialing(),
      ]
      for (const end of ends) {
        hear(end, streamError('remote-connection-failed'))
        expect(end.code).toBe('stream-error')
        expect(end.find('failed')?.error.cause).toMatchObject({ condition: 'remote-connection-failed' })
      }
    })

    test('what is no XML', () => {
      failedWith(hear(secured(), HEADER, '<a></b>'), 'stream-error', streamError('not-well-formed'))
    })

    test('the deadline is met in every state, and not afterwards', () => {
      const waiting = [
        [new InitiatorEnd(), ASK],
        [hear(plain(), HEADER), ''],
        [hear(plain(), HEADER, STARTTLS_FEATURES), COMMAND],
        [hear(secured(), HEADER, features(EXTERNAL)), AUTH],
        [dialing(), ''],
      ] as const
      for (const [end, written] of waiting) {
        expect(end.find('set-negotiation-timer')?.milliseconds).toBe(60_000)
        end.take({ type: 'negotiation-timeout' })
        failedWith(end, 'timeout', written + streamError('connection-timeout'))
      }
      const done = hear(dialing(), VALID)
      expect(done.find('clear-negotiation-timer')).toBeDefined()
      const { length } = done.events
      done.take({ type: 'negotiation-timeout' })
      done.take({ type: 'footer' })
      expect(done.events).toHaveLength(length)
      expect(done.state.name).toBe('established')
    })

    test('a driver that gives up, a connection that is lost', () => {
      const aborted = dialing()
      aborted.take({ type: 'abort', cause: 'no longer needed' })
      failedWith(aborted, 'aborted', FOOTER)
      const lost = dialing()
      lost.take({ type: 'connection-lost', cause: undefined })
      failedWith(lost, 'connection-lost', '')
    })

    test('a key that nobody asked for, or a second handshake, is a mistake', () => {
      const keyed = secured()
      keyed.take({ type: 'dialback-key', key: 'x' })
      expect(keyed.code).toBe('unexpected-element')
      const twice = secured()
      twice.take({ type: 'tls-established' })
      expect(twice.code).toBe('unexpected-element')
    })
  })
})

test('the dialogue of the fixture is what a response is', () => {
  expect(answerWith('…')).toBe(ANSWER)
})
