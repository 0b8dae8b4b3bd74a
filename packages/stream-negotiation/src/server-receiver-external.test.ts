import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { auth, closedWith, established, failure, receiving } from './server-receiver.fixture.ts'
import type { ServerReceiverPolicy } from './server-receiver-types.ts'
import {
  ANSWER,
  ASK,
  AUTH,
  askWith,
  DIALBACK,
  features,
  MESSAGE,
  REFUSED,
  SASL,
  SUCCESS,
  streamError,
} from './server-text.fixture.ts'
import { CHUNKS } from './server-wire.fixture.ts'

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  const { hear, secured } = receiving(chunk)

  describe('EXTERNAL', () => {
    test.each([
      ['=', undefined],
      ['Y2FwdWxldC5leGFtcGxl', 'capulet.example'],
      ['Q0FQVUxFVC5leGFtcGxl', 'capulet.example'],
    ])('XEP-0178 §3 step 10: the identity %s', (message, authzid) => {
      const end = hear(secured(), auth(message))
      expect(end.find('verify-external')).toEqual({ type: 'verify-external', from: 'capulet.example', authzid })
      expect(end.takeWritten()).toBe(SUCCESS)
      expect(hear(end, ASK).takeWritten()).toBe(ANSWER + features(DIALBACK))
      expect(established(end)).toMatchObject([
        { remote: 'capulet.example', local: 'montague.example', authentication: 'external' },
      ])
    })

    test.each(['', '=', 'Y2FwdWxldC5leGFtcGxl'])(
      'RFC 6120 §6.4.2: without a message it is asked for, and %j comes',
      (message) => {
        const end = hear(secured(), auth(''))
        expect(end.takeWritten()).toBe(`<challenge ${SASL}/>`)
        expect(hear(end, `<response ${SASL}>${message}</response>`).takeWritten()).toBe(SUCCESS)
      },
    )

    test.each([
      [auth('!'), 'incorrect-encoding'],
      [auth('Y2Fwd WxldC5leGFtcGxl'), 'incorrect-encoding'],
      [auth('/w=='), 'invalid-authzid'],
      [auth('ZXZpbC5leGFtcGxl'), 'invalid-authzid'], // evil.example
      [auth('YUBjYXB1bGV0LmV4YW1wbGU='), 'invalid-authzid'], // a@capulet.example
      [auth('Y2FwdWxldC5leGFtcGxl', 'PLAIN'), 'invalid-mechanism'],
      [auth('=', 'external'), 'invalid-mechanism'],
      [`<auth ${SASL}/>`, 'invalid-mechanism'],
      [`<abort ${SASL}/>`, 'aborted'],
      [`<response ${SASL}/>`, 'malformed-request'],
      [SUCCESS, 'malformed-request'],
    ])('RFC 6120 §6.5: %s is %s, and nobody is asked', (text, condition) => {
      const end = hear(secured(), text)
      expect(end.takeWritten()).toBe(failure(condition))
      expect(end.find('verify-external')).toBeUndefined()
      expect(end.state.name).toBe('awaiting-negotiation')
    })

    test.each([
      [`<abort ${SASL}/>`, failure('aborted')],
      [AUTH, failure('malformed-request')],
      [`<response ${SASL}>ZXZpbC5leGFtcGxl</response>`, failure('invalid-authzid')],
      [MESSAGE, streamError('policy-violation', 'out of turn')],
    ])('after the challenge, %s', (text, written) => {
      const end = hear(secured(), auth(''))
      end.takeWritten()
      expect(hear(end, text).takeWritten()).toBe(written)
    })

    test('XEP-0178 §3 step 9: not offered, it is an invalid mechanism', () => {
      expect(hear(secured({ externalOffered: () => false }), AUTH).takeWritten()).toBe(failure('invalid-mechanism'))
    })

    test('the driver says no, with words; or names somebody else', () => {
      const words = { external: () => ({ type: 'external-result', ok: false, text: 'expired' }) as const }
      expect(hear(secured({}, words), AUTH).takeWritten()).toBe(
        `<failure ${SASL}><not-authorized/><text xml:lang='en'>expired</text></failure>`,
      )
      const other = { external: () => ({ type: 'external-result', ok: true, domain: 'evil.example' }) as const }
      expect(hear(secured({}, other), AUTH).takeWritten()).toBe(REFUSED)
    })

    test('RFC 6120 §6.4.5: the fifth failure ends the stream', () => {
      const end = hear(secured(), ...Array.from({ length: 5 }, () => auth('!')))
      closedWith(
        end,
        failure('incorrect-encoding').repeat(5) + streamError('policy-violation', 'too many failed authentications'),
      )
    })

    test.each([
      [askWith({ to: 'conference.montague.example' }), 'not-authorized'],
      [askWith({ to: 'unknown.example' }), 'not-authorized'],
      [askWith({ from: 'evil.example' }), 'invalid-from'],
    ])('CVE-2018-10847: after EXTERNAL, %s is %s', (text, condition) => {
      const end = hear(secured(), AUTH, text)
      expect(end.condition).toBe(condition)
      expect(established(end)).toEqual([])
      expect(end.events.findLast((output) => output.type === 'send-header')).toMatchObject({
        header: { from: 'montague.example', to: 'capulet.example' },
      })
    })

    test('what comes behind <auth/> belongs to no stream, so no stanza slips in before the new one', () => {
      const end = secured()
      end.feed(AUTH + MESSAGE, Number.MAX_SAFE_INTEGER)
      expect(end.takeWritten()).toBe(SUCCESS)
      expect(end.state.name).toBe('awaiting-header')
    })

    test('RFC 6120 §6.3.2: not twice', () => {
      const end = hear(secured(), AUTH, ASK)
      end.takeWritten()
      closedWith(hear(end, AUTH), streamError('not-authorized', 'already authenticated'))
    })

    test('features ask the policy again, with the stage and the pair', () => {
      const asked: unknown[] = []
      const policy: Partial<ServerReceiverPolicy> = {
        features: (...values) => {
          asked.push(values)
          return [el('sm', 'urn:xmpp:sm:3')]
        },
      }
      hear(secured(policy), AUTH, ASK)
      const pair = { remote: 'capulet.example', local: 'montague.example' }
      expect(asked).toEqual([
        ['unauthenticated', true, pair],
        ['authenticated', true, pair],
      ])
    })
  })
})
