import { describe, expect, test } from 'vitest'
import { closedWith, failure, IQ, KEYS, PRESENCE, receiving, VERIFY } from './server-receiver.fixture.ts'
import type { ServerReceiverPolicy } from './server-receiver-types.ts'
import {
  ANSWER,
  ASK,
  AUTH,
  COMMAND,
  DIALBACK,
  EXTERNAL,
  FOOTER,
  features,
  KEY,
  MESSAGE,
  PROCEED,
  STARTTLS_FEATURES,
  streamError,
  TLS,
  VALID,
} from './server-text.fixture.ts'
import { CHUNKS, ReceiverEnd } from './server-wire.fixture.ts'

const KEYED: Partial<ServerReceiverPolicy> = { externalOffered: () => false }

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  const { hear, plain, secured } = receiving(chunk)

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

    test.each(['constructor', '__proto__', 'urn:x'])('RFC 6120 §4.9.3.24: <a/> in %s is not known', (namespace) => {
      closedWith(hear(plain(), `<a xmlns='${namespace}'/>`), streamError('unsupported-stanza-type'))
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
})
