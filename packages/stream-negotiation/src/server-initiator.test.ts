import { describe, expect, test } from 'vitest'
import { failedWith, HEADER, initiating } from './server-initiator.fixture.ts'
import {
  ANSWER,
  ASK,
  AUTH,
  answerWith,
  BIDI,
  COMMAND,
  DIALBACK,
  EXTERNAL,
  FOOTER,
  features,
  KEY,
  REFUSED,
  STARTTLS_FEATURES,
  streamError,
  VALID,
} from './server-text.fixture.ts'
import { CHUNKS, InitiatorEnd } from './server-wire.fixture.ts'

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  const { hear, plain, secured, dialing } = initiating(chunk)

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
