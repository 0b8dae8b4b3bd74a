import { el } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import type { ServerReceiverPolicy } from './server-receiver-types.ts'
import {
  ANSWER,
  ASK,
  AUTH,
  BIDI,
  COMMAND,
  DIALBACK,
  EXTERNAL,
  FOOTER,
  features,
  header,
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
import { CHUNKS, type Judgement, ReceiverEnd } from './server-wire.fixture.ts'

const SUCCESS = `<success ${SASL}/>`
const PRESENCE = "<presence from='a@capulet.example' to='b@montague.example'/>"
const IQ = "<iq from='capulet.example' to='montague.example' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
const VERIFY = "<db:verify from='capulet.example' to='montague.example' id='417GAF25'>key</db:verify>"
const NOT_VERIFIED = "<db:verify from='montague.example' id='…' to='capulet.example' type='invalid'/>"
const KEYS: Judgement = { keys: ['key-capulet.example', 'other'] }
const failure = (condition: string) => `<failure ${SASL}><${condition}/></failure>`
const auth = (message: string, mechanism = 'EXTERNAL') =>
  message === ''
    ? `<auth ${SASL} mechanism='${mechanism}'/>`
    : `<auth ${SASL} mechanism='${mechanism}'>${message}</auth>`
const ask = (changes: Record<string, string | undefined>, namespace = 'jabber:server') => {
  const attributes = { from: 'capulet.example', to: 'montague.example', version: '1.0', 'xml:lang': 'en', ...changes }
  const text = Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : `${name}='${value}'`))
  return header(text.join(' ')).replace('jabber:server', namespace)
}

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  const hear = (end: ReceiverEnd, ...texts: string[]) => {
    for (const text of texts) end.feed(text, chunk)
    return end
  }
  const plain = (policy: Partial<ServerReceiverPolicy> = {}, judgement: Judgement = {}) => {
    const end = hear(new ReceiverEnd(policy, judgement), ASK)
    end.takeWritten()
    return end
  }
  /** Inside TLS, features sent. */
  const secured = (policy: Partial<ServerReceiverPolicy> = {}, judgement: Judgement = {}) => {
    const end = hear(plain(policy, judgement), COMMAND)
    end.secure()
    hear(end, ASK)
    end.takeWritten()
    return end
  }
  const closedWith = (end: ReceiverEnd, written: string) => {
    expect(end.takeWritten()).toBe(written)
    expect(end.state.name).toBe('closed')
  }
  const established = (end: ReceiverEnd) => end.events.filter((output) => output.type === 'established')

  describe('before TLS', () => {
    test('RFC 6120 §5.4.1: <starttls/> with <required/> stands alone; nobody is asked for more', () => {
      const end = new ReceiverEnd({
        bidirectional: true,
        externalOffered: () => {
          throw new Error('asked')
        },
        features: () => {
          throw new Error('asked')
        },
      })
      expect(hear(end, ASK).takeWritten()).toBe(ANSWER + STARTTLS_FEATURES)
    })

    test.each([MESSAGE, PRESENCE, IQ])('RFC 6120 §4.3.5: %s is not-authorized', (text) => {
      closedWith(hear(plain(), text), streamError('not-authorized'))
    })

    test('RFC 6120 §6.5.4: EXTERNAL is encryption-required', () => {
      expect(hear(plain(), AUTH).takeWritten()).toBe(failure('encryption-required'))
    })

    test('XEP-0220 §2.5: dialback is policy-violation, and the stream goes on', () => {
      const error = "<error type='modify'><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
      const end = hear(plain(), KEY)
      expect(end.takeWritten()).toBe(
        `<db:result from='montague.example' to='capulet.example' type='error'>${error}</db:result>`,
      )
      expect(hear(end, VERIFY).takeWritten()).toBe(
        `<db:verify from='montague.example' id='417GAF25' to='capulet.example' type='error'>${error}</db:verify>`,
      )
      expect(end.find('dialback')).toBeUndefined()
      expect(hear(end, COMMAND).takeWritten()).toBe(PROCEED)
    })

    test.each([
      ["<db:result to='montague.example'>key</db:result>", 'improper-addressing', ''],
      ["<db:result from='capulet.example' to='montague.example'/>", 'bad-format', ''],
      ["<db:other from='capulet.example' to='montague.example'/>", 'bad-format', ''],
      [VALID, 'policy-violation', 'nothing was asked'],
    ])('%s is %s', (text, condition, words) => {
      closedWith(hear(plain(), text), streamError(condition, words))
    })

    test('XEP-0288 §2.1: <bidi/> comes after TLS', () => {
      const end = hear(plain({ bidirectional: true }), "<bidi xmlns='urn:xmpp:bidi'/>")
      closedWith(end, streamError('unsupported-stanza-type'))
    })

    test('RFC 6120 §5.3.3: what comes behind <starttls/> in plain text is not heard', () => {
      const end = hear(plain(KEYED, KEYS), `${COMMAND}${ASK}${KEY}${AUTH}${MESSAGE}`)
      expect(end.takeWritten()).toBe(PROCEED)
      end.secure()
      expect(end.takeWritten()).toBe('')
      expect(end.state).toMatchObject({ name: 'awaiting-header', stream: { pair: undefined } })
      expect(hear(end, ASK).takeWritten()).toBe(ANSWER + features(DIALBACK))
    })

    test('RFC 6120 §5.4.3.2: a handshake that fails ends without a footer', () => {
      const end = hear(plain(), COMMAND)
      end.take({ type: 'tls-failed' })
      closedWith(end, PROCEED)
    })

    test('RFC 6120 §5.4.2.2: a malformed command, and one inside TLS, is a failure', () => {
      const refusal = `<failure ${TLS}/>${FOOTER}`
      closedWith(hear(plain(), `<starttls ${TLS}><x/></starttls>`), refusal)
      closedWith(hear(secured(), COMMAND), refusal)
    })

    test('XEP-0368: direct TLS begins with authentication', () => {
      const end = new ReceiverEnd({}, {}, true)
      expect(hear(end, ASK).takeWritten()).toBe(ANSWER + features(EXTERNAL, DIALBACK))
    })
  })

  const KEYED: Partial<ServerReceiverPolicy> = { externalOffered: () => false }

  describe('headers', () => {
    test.each([
      [ask({ version: undefined }), { version: undefined }, 'unsupported-version'],
      [ask({ version: '0.9' }), {}, 'unsupported-version'],
      [ask({ version: '2.0' }), {}, 'unsupported-version'],
      [ask({}, 'jabber:client'), {}, 'invalid-namespace'],
      [ask({ to: 'unknown.example' }), { from: '' }, 'host-unknown'],
      [ask({ to: undefined }), { from: '' }, 'host-unknown'],
      [ask({ to: 'a@montague.example' }), { from: '' }, 'host-unknown'],
      [ask({ to: '@@' }), { from: '' }, 'host-unknown'],
      [ask({ from: 'a@capulet.example' }), { to: undefined }, 'invalid-from'],
      [ask({ from: '@@' }), { to: undefined }, 'invalid-from'],
    ])('RFC 6120 §4.9.1.2: %s is answered with a header and an error', (text, changes, condition) => {
      const end = hear(new ReceiverEnd(), text)
      const { from, to, version, namespace } = end.find('send-header')?.header ?? {}
      const response = { from: 'montague.example', to: 'capulet.example', version: '1.0', namespace: 'jabber:server' }
      expect({ from, to, version, namespace }).toEqual({ ...response, ...changes })
      expect(end.condition).toBe(condition)
      expect(end.find('send-features')).toBeUndefined()
      expect(end.state.name).toBe('closed')
    })

    test('RFC 6120 §4.7.1: without from the stream begins, EXTERNAL is the policy’s question', () => {
      const asked: (string | undefined)[] = []
      const end = new ReceiverEnd({ externalOffered: (remote) => asked.push(remote) > 0 }, {}, true)
      hear(end, ask({ from: undefined }))
      expect(end.find('send-header')?.header).not.toHaveProperty('to')
      expect(asked).toEqual([undefined])
      hear(end, AUTH)
      expect(end.find('verify-external')).toEqual({
        type: 'verify-external',
        from: undefined,
        authzid: 'capulet.example',
      })
      expect(end.takeWritten()).toContain(SUCCESS)
      hear(end, ask({ from: undefined }))
      expect(end.find('established')).toMatchObject({ remote: 'capulet.example', local: 'montague.example' })
    })

    test('a domain of the deny list is refused with the policy’s error', () => {
      const refusal = ({ remote }: { remote: string | undefined }) =>
        remote === 'capulet.example' ? new StreamError('policy-violation', 'go away') : undefined
      closedWith(hear(new ReceiverEnd({ refusal }), ASK), ANSWER + streamError('policy-violation', 'go away'))
      expect(hear(new ReceiverEnd({ refusal }), ask({ from: 'other.example' })).condition).toBeUndefined()
    })

    test('RFC 6120 §4.9.1.2: what is no stream at all gets a header before the error', () => {
      const end = hear(new ReceiverEnd(), '<a></b>')
      expect(end.condition).toBe('invalid-namespace')
      expect(end.find('send-header')?.header).toMatchObject({ from: '', version: '1.0', dialback: true })
    })

    test('without dialback the header does not tell of it', () => {
      const end = hear(new ReceiverEnd({ dialbackOffered: false }), ASK)
      expect(end.takeWritten()).not.toContain('dialback')
    })

    test('a header in the middle is out of turn', () => {
      const end = secured({}, KEYS)
      hear(end, KEY)
      end.takeWritten()
      end.take({ type: 'header', header: { namespace: 'jabber:server' } })
      closedWith(end, streamError('policy-violation', 'out of turn'))
    })
  })

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
      [`<success ${SASL}/>`, 'malformed-request'],
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
      [ask({ to: 'conference.montague.example' }), 'not-authorized'],
      [ask({ to: 'unknown.example' }), 'not-authorized'],
      [ask({ from: 'evil.example' }), 'invalid-from'],
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

  describe('limits and ends', () => {
    test.each([[VERIFY], ["<bidi xmlns='urn:xmpp:bidi'/>"], [KEY.replace('key-', '')]])(
      'a flood of %s ends with policy-violation',
      (text) => {
        const policy = { bidirectional: true, maxNegotiationElements: 10 }
        const end = secured(policy)
        // The STARTTLS command was the first.
        for (let count = 1; count < 10 && end.state.name !== 'closed'; count++)
          end.take({ type: 'element', element: parsed(text) })
        expect(end.state.name).toBe(text.includes('result') ? 'closed' : 'awaiting-negotiation')
        hear(end, text)
        expect(end.state.name).toBe('closed')
        if (!text.includes('result')) expect(end.condition).toBe('policy-violation')
      },
    )

    test('a flood of dialback before TLS, too; and a restart does not begin the count anew', () => {
      const end = plain({ maxNegotiationElements: 10 })
      hear(end, ...Array.from({ length: 9 }, () => VERIFY), COMMAND)
      end.secure()
      hear(end, ASK)
      expect(end.condition).toBeUndefined()
      expect(hear(end, VERIFY).condition).toBe('policy-violation')
    })

    test('RFC 6120 §4.9.3.4: the deadline is met in every state, and not afterwards', () => {
      const text = streamError('connection-timeout', 'negotiation took too long')
      const fresh = new ReceiverEnd()
      expect(fresh.find('set-negotiation-timer')?.milliseconds).toBe(60_000)
      fresh.take({ type: 'negotiation-timeout' })
      expect(fresh.takeWritten()).toContain(text)
      for (const end of [plain(), secured(), hear(secured(), VERIFY)]) {
        end.takeWritten()
        end.take({ type: 'negotiation-timeout' })
        closedWith(end, text)
      }
      const handshaking = hear(plain(), COMMAND)
      handshaking.take({ type: 'negotiation-timeout' })
      closedWith(handshaking, PROCEED)
      const done = hear(secured({}, KEYS), KEY)
      done.take({ type: 'negotiation-timeout' })
      expect(done.state.name).toBe('established')
    })

    test('the driver ends the stream: with an error, without, in the middle of TLS, before any header', () => {
      const end = secured()
      end.take({ type: 'close', error: new StreamError('system-shutdown') })
      closedWith(end, streamError('system-shutdown'))
      const silent = secured()
      silent.take({ type: 'close' })
      closedWith(silent, FOOTER)
      const handshaking = hear(plain(), COMMAND)
      handshaking.take({ type: 'close', error: new StreamError('system-shutdown') })
      closedWith(handshaking, PROCEED)
      const fresh = new ReceiverEnd()
      fresh.take({ type: 'close', error: new StreamError('system-shutdown') })
      expect(fresh.takeWritten()).toMatch(/^<stream:stream .*system-shutdown.*<\/stream:stream>$/)
    })

    test('the peer ends the stream, with or without an error; nothing is said after the end', () => {
      for (const text of [FOOTER, streamError('system-shutdown'), MESSAGE]) {
        const end = hear(secured(), text)
        end.takeWritten()
        const { length } = end.events
        end.take({ type: 'negotiation-timeout' })
        end.take({ type: 'dialback-valid', remote: 'capulet.example', local: 'montague.example' })
        expect(end.events).toHaveLength(length)
        expect(end.takeWritten()).toBe('')
      }
      closedWith(hear(secured(), FOOTER), FOOTER)
      closedWith(hear(secured(), streamError('system-shutdown').replace(FOOTER, '')), FOOTER)
    })

    test('RFC 6120 §4.9.3.13: what is no XML, inside TLS', () => {
      expect(hear(secured(), '<a></b>').condition).toBe('not-well-formed')
    })
  })
})

/** An element as the parser of a stream would give it. */
function parsed(text: string) {
  if (text.includes('bidi')) return el('bidi', 'urn:xmpp:bidi')
  const name = text.includes('verify') ? 'verify' : 'result'
  const id = name === 'verify' ? '417GAF25' : undefined
  return el(name, 'jabber:server:dialback', { from: 'capulet.example', to: 'montague.example', id }, 'unknown')
}
