import { StreamError } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import { closedWith, KEYS, receiving } from './server-receiver.fixture.ts'
import { ANSWER, ASK, AUTH, askWith, KEY, SUCCESS, streamError } from './server-text.fixture.ts'
import { CHUNKS, ReceiverEnd } from './server-wire.fixture.ts'

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  const { hear, secured } = receiving(chunk)

  describe('headers', () => {
    test.each([
      [askWith({ version: undefined }), { version: undefined }, 'unsupported-version'],
      [askWith({ version: '0.9' }), {}, 'unsupported-version'],
      [askWith({ version: '2.0' }), {}, 'unsupported-version'],
      [askWith({}, 'jabber:client'), {}, 'invalid-namespace'],
      [askWith({ to: 'unknown.example' }), { from: '' }, 'host-unknown'],
      [askWith({ to: undefined }), { from: '' }, 'host-unknown'],
      [askWith({ to: 'a@montague.example' }), { from: '' }, 'host-unknown'],
      [askWith({ to: '@@' }), { from: '' }, 'host-unknown'],
      [askWith({ from: 'a@capulet.example' }), { to: undefined }, 'invalid-from'],
      [askWith({ from: '@@' }), { to: undefined }, 'invalid-from'],
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
      hear(end, askWith({ from: undefined }))
      expect(end.find('send-header')?.header).not.toHaveProperty('to')
      expect(asked).toEqual([undefined])
      hear(end, AUTH)
      expect(end.find('verify-external')).toEqual({
        type: 'verify-external',
        from: undefined,
        authzid: 'capulet.example',
      })
      expect(end.takeWritten()).toContain(SUCCESS)
      hear(end, askWith({ from: undefined }))
      expect(end.find('established')).toMatchObject({ remote: 'capulet.example', local: 'montague.example' })
    })

    test('a domain of the deny list is refused with the policy’s error', () => {
      const refusal = ({ remote }: { remote: string | undefined }) =>
        remote === 'capulet.example' ? new StreamError('policy-violation', 'go away') : undefined
      closedWith(hear(new ReceiverEnd({ refusal }), ASK), ANSWER + streamError('policy-violation', 'go away'))
      expect(hear(new ReceiverEnd({ refusal }), askWith({ from: 'other.example' })).condition).toBeUndefined()
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
})
