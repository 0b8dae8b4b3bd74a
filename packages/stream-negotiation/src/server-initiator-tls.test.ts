import { describe, expect, test } from 'vitest'
import { failedWith, HEADER, initiating } from './server-initiator.fixture.ts'
import {
  ASK,
  AUTH,
  BIDI,
  COMMAND,
  DIALBACK,
  EXTERNAL,
  FOOTER,
  features,
  MESSAGE,
  PROCEED,
  STARTTLS_FEATURES,
  SUCCESS,
  TLS,
  VALID,
} from './server-text.fixture.ts'
import { CHUNKS, InitiatorEnd } from './server-wire.fixture.ts'

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  const { hear, plain } = initiating(chunk)

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
      [SUCCESS, 'starttls-unexpected-answer'],
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
      const injected = `${PROCEED}${HEADER}${features(EXTERNAL)}${SUCCESS}${VALID}`
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
})
