import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { auth, closedWith, established, IQ, KEYS, PRESENCE, receiving, VERIFY } from './server-receiver.fixture.ts'
import {
  ANSWER,
  ASK,
  AUTH,
  BIDI,
  COMMAND,
  DIALBACK,
  EXTERNAL,
  features,
  KEY,
  MESSAGE,
  SASL,
  SUCCESS,
  streamError,
  VALID,
} from './server-text.fixture.ts'
import { CHUNKS } from './server-wire.fixture.ts'

const NOT_VERIFIED = "<db:verify from='montague.example' id='…' to='capulet.example' type='invalid'/>"

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  const { hear, plain, secured } = receiving(chunk)

  describe('dialback', () => {
    test('XEP-0220 §2.2.1: several pairs on one stream; said to be established once', () => {
      const end = hear(secured({}, KEYS), KEY)
      expect(end.takeWritten()).toBe(VALID)
      hear(end, "<db:result from='rooms.capulet.example' to='montague.example'>other</db:result>", MESSAGE)
      expect(end.takeWritten()).toBe("<db:result from='montague.example' to='rooms.capulet.example' type='valid'/>")
      expect(established(end)).toEqual([
        {
          type: 'established',
          remote: 'capulet.example',
          local: 'montague.example',
          authentication: 'dialback',
          bidirectional: false,
        },
      ])
      expect(end.find('clear-negotiation-timer')).toBeDefined()
    })

    test('XEP-0220 §2.2.2: <db:verify/> needs no authentication', () => {
      const end = hear(secured(), VERIFY)
      expect(end.takeWritten().replace("id='417GAF25'", "id='…'")).toBe(NOT_VERIFIED)
      expect(end.state.name).toBe('awaiting-negotiation')
      closedWith(hear(end, MESSAGE), streamError('not-authorized'))
    })

    test.each([MESSAGE, PRESENCE, IQ])(
      'RFC 6120 §4.3.5: before any pair is authenticated, %s is not-authorized',
      (text) => {
        const end = hear(secured(), text)
        closedWith(end, streamError('not-authorized'))
        expect(established(end)).toEqual([])
      },
    )

    test('so it is when the driver has moved it into another namespace', () => {
      const end = secured()
      end.take({ type: 'element', element: el('message', 'jabber:client') })
      expect(end.condition).toBe('not-authorized')
    })

    test('after EXTERNAL further pairs are handed out too', () => {
      const end = hear(secured({}, KEYS), AUTH, ASK)
      end.takeWritten()
      expect(hear(end, KEY, VERIFY).events.filter((output) => output.type === 'dialback')).toHaveLength(2)
      expect(established(end)).toHaveLength(1)
    })

    test('a key that is found valid while EXTERNAL is under way counts if that fails', () => {
      const end = hear(secured(), auth(''))
      end.take({ type: 'dialback-valid', remote: 'capulet.example', local: 'montague.example' })
      expect(established(end)).toEqual([])
      hear(end, `<abort ${SASL}/>`)
      expect(established(end)).toMatchObject([{ authentication: 'dialback' }])
      const both = hear(secured({}, KEYS), auth(''), KEY, `<response ${SASL}/>`)
      both.take({ type: 'dialback-valid', remote: 'capulet.example', local: 'montague.example' })
      hear(both, ASK)
      expect(established(both)).toMatchObject([{ authentication: 'external' }])
    })

    test('a key cannot be valid before TLS, whatever the driver says', () => {
      const end = plain()
      end.take({ type: 'dialback-valid', remote: 'capulet.example', local: 'montague.example' })
      closedWith(end, streamError('policy-violation', 'out of turn'))
      expect(established(end)).toEqual([])
    })

    test('stanzas of an established stream are none of the machine’s affairs; other elements are refused', () => {
      const end = hear(secured({}, KEYS), KEY)
      end.takeWritten()
      const { length } = end.events
      hear(end, MESSAGE, IQ, PRESENCE)
      end.take({ type: 'element', element: el('message', 'jabber:client') })
      expect(end.events).toHaveLength(length)
      closedWith(hear(end, "<x xmlns='urn:x'/>"), streamError('unsupported-stanza-type'))
    })
  })

  describe('both directions', () => {
    test('XEP-0288 §2.1: listed inside TLS, not after authentication', () => {
      const end = hear(plain({ bidirectional: true }), COMMAND)
      end.secure()
      end.takeWritten()
      expect(hear(end, ASK).takeWritten()).toBe(ANSWER + features(BIDI, EXTERNAL, DIALBACK))
      end.takeWritten()
      expect(hear(end, AUTH, ASK).takeWritten()).toBe(SUCCESS + ANSWER + features(DIALBACK))
    })

    test('XEP-0478 §3.2: with the limits of the peer; twice is as good as once', () => {
      const limits = "<limits xmlns='urn:xmpp:stream-limits:0'><idle-seconds>600</idle-seconds></limits>"
      const end = hear(
        secured({ bidirectional: true }),
        `<bidi xmlns='urn:xmpp:bidi'>${limits}</bidi>`,
        "<bidi xmlns='urn:xmpp:bidi'/>",
      )
      expect(end.events.filter((output) => output.type === 'bidirectional')).toEqual([
        { type: 'bidirectional', limits: { maxBytes: undefined, idleSeconds: 600 } },
      ])
    })

    test('not offered, or too late', () => {
      const bidi = "<bidi xmlns='urn:xmpp:bidi'/>"
      closedWith(hear(secured(), bidi), streamError('unsupported-stanza-type'))
      const late = hear(secured({ bidirectional: true }, KEYS), KEY)
      late.takeWritten()
      closedWith(hear(late, bidi), streamError('unsupported-stanza-type'))
    })
  })
})
