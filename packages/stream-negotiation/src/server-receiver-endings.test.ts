import { el } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import { closedWith, KEYS, receiving, VERIFY } from './server-receiver.fixture.ts'
import { ASK, COMMAND, FOOTER, KEY, MESSAGE, PROCEED, streamError } from './server-text.fixture.ts'
import { CHUNKS, ReceiverEnd } from './server-wire.fixture.ts'

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  const { hear, plain, secured } = receiving(chunk)

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
