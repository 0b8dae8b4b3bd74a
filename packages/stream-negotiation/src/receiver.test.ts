import { SASL_NAMESPACE } from '@parlour/sasl'
import { STARTTLS_COMMAND, TLS_NAMESPACE } from '@parlour/tls-negotiation'
import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { authenticated, bind, binding, JULIET, Receiver, secured } from './receiver.fixture.ts'
import { DEFAULT_RECEIVER_LIMITS, type ReceiverInput } from './receiver-types.ts'

describe('STARTTLS', () => {
  test('23. RFC 6120 §5.4.1: mandatory TLS is offered alone, with <required/>', () => {
    const feature = new Receiver().header().find('send-features')?.features[0]
    expect(feature?.child('required', TLS_NAMESPACE)).toBeDefined()
    expect(new Receiver({ tlsRequired: false }).header().features).toEqual([
      'starttls',
      'mechanisms',
      'extra-unauthenticated-false',
    ])
  })

  test('23. XEP-0368: on a connection that began with TLS it is not offered', () => {
    expect(new Receiver({}, true).header().features).toEqual(['mechanisms', 'extra-unauthenticated-true'])
  })

  test.each([
    ['malformed', el('starttls', TLS_NAMESPACE, {}, 'now')],
    ['unknown', el('stoptls', TLS_NAMESPACE)],
  ])('24. RFC 6120 §5.4.2.2: a command that is %s gets <failure/>, </stream>, the end', (_, element) => {
    const receiver = new Receiver().header().element(element)
    expect(receiver.find('send')?.element.is('failure', TLS_NAMESPACE)).toBe(true)
    expect(receiver.find('close')).toEqual({ type: 'close', error: undefined, footer: true })
  })

  test('24. RFC 6120 §5.4.2.2: a command that was not offered gets <failure/>', () => {
    expect(secured().header().element(STARTTLS_COMMAND).find('send')?.element.name).toBe('failure')
    expect(binding().element(STARTTLS_COMMAND).find('send')?.element.name).toBe('failure')
  })

  test('25. RFC 6120 §5.3.3: after <proceed/> the handshake; an element before its end closes the connection', () => {
    const receiver = new Receiver().header().element(STARTTLS_COMMAND)
    expect(receiver.types).toEqual(['send', 'start-tls'])
    expect(receiver.find('start-tls')?.domain).toBe('im.example.com')
    expect(receiver.element(bind()).find('close')).toEqual({ type: 'close', error: undefined, footer: false })
  })

  test('26. RFC 6120 §5.4.3.2: a failed handshake closes without </stream>', () => {
    const receiver = new Receiver().header().element(STARTTLS_COMMAND).give({ type: 'tls-failed' })
    expect(receiver.find('close')).toEqual({ type: 'close', error: undefined, footer: false })
  })

  test('27. RFC 6120 §5.4.3.3: what was said before TLS is forgotten: host, from, language', () => {
    const receiver = secured().header({ to: 'other.example.com', from: 'romeo@other.example.com' })
    expect(receiver.find('send-header')?.header).toMatchObject({
      from: 'other.example.com',
      to: 'romeo@other.example.com',
    })
  })

  test('CVE-2014-8760, RFC 6120 §6.5.4: <auth/> without mandatory TLS is encryption-required, whatever was offered', () => {
    const receiver = new Receiver().header().element(el('auth', SASL_NAMESPACE, { mechanism: 'PLAIN' }, 'AGEAYg=='))
    expect(receiver.find('send')?.element.child('encryption-required')).toBeDefined()
    expect(receiver.find('authenticate')).toBeUndefined()
  })
})

describe('authentication', () => {
  const failed: ReceiverInput = {
    type: 'sasl',
    send: [el('failure', SASL_NAMESPACE)],
    outcome: { type: 'failure' },
  }

  test('30. RFC 6120 §6.3.2: success restarts the stream', () => {
    const receiver = secured().header().element(el('auth', SASL_NAMESPACE))
    expect(receiver.types).toEqual(['authenticate'])
    const success = el('success', SASL_NAMESPACE)
    receiver.give({ type: 'sasl', send: [success], outcome: { type: 'success', account: JULIET } })
    expect(receiver.outputs).toEqual([{ type: 'send', element: success }, { type: 'restart' }])
  })

  test('37. RFC 6120 §6.4.5: the fifth failed try ends the stream with policy-violation', () => {
    const receiver = secured().header()
    for (let n = 1; n <= 5; n++) {
      receiver.element(el('auth', SASL_NAMESPACE)).give(failed)
      expect(receiver.find('send')?.element.name).toBe('failure')
      expect(receiver.condition).toBe(n < 5 ? undefined : 'policy-violation')
    }
  })

  test('37. tries before TLS count too', () => {
    const receiver = new Receiver({ tlsRequired: false }).header()
    for (let n = 1; n <= 4; n++) receiver.element(el('auth', SASL_NAMESPACE)).give(failed)
    receiver.element(STARTTLS_COMMAND).give({ type: 'tls-established' }).header()
    expect(receiver.element(el('auth', SASL_NAMESPACE)).give(failed).condition).toBe('policy-violation')
  })

  test('RFC 6120 §13.12: exchanges begun anew without end are bounded', () => {
    const receiver = secured().header()
    let n = 0
    while (receiver.state.name !== 'closed' && n < 100) {
      receiver.element(el('auth', SASL_NAMESPACE))
      if (receiver.state.name === 'awaiting-sasl')
        receiver.give({ type: 'sasl', send: [], outcome: { type: 'continue' } })
      n++
    }
    expect(receiver.condition).toBe('policy-violation')
    expect(n).toBeLessThanOrEqual(DEFAULT_RECEIVER_LIMITS.maxNegotiationElements + 1)
  })

  test('RFC 6120 §6.3.2: authentication happens once', () => {
    expect(binding().element(el('auth', SASL_NAMESPACE)).condition).toBe('not-authorized')
  })

  test.each(['other.example.com', 'unknown.example'])(
    'CVE-2018-10847: after SASL for one host a stream to %s is ended',
    (to) => {
      const receiver = authenticated().header({ to })
      expect(receiver.condition).toBe('not-authorized')
      expect(receiver.find('send-header')?.header.from).toBe('im.example.com')
    },
  )

  test('RFC 6120 §4.7.2: after SASL, to is who authenticated, whatever from says', () => {
    expect(authenticated().header({ from: 'romeo@im.example.com' }).find('send-header')?.header.to).toBe(
      'juliet@im.example.com',
    )
  })

  test('an element before the SASL answer is out of turn', () => {
    const receiver = secured().header().element(el('auth', SASL_NAMESPACE))
    expect(receiver.element(el('abort', SASL_NAMESPACE)).condition).toBe('policy-violation')
  })
})

describe('the time limit', () => {
  test('OF-1918, RFC 6120 §4.9.3.4: it is set once, at the start, and ends the stream whatever arrived', () => {
    const start = new Receiver()
    expect(start.outputs).toEqual([{ type: 'set-negotiation-timer', milliseconds: 30_000 }])
    for (const receiver of [secured().header(), binding(), binding().element(bind())]) {
      expect(receiver.find('set-negotiation-timer')).toBeUndefined()
      expect(receiver.give({ type: 'negotiation-timeout' }).condition).toBe('connection-timeout')
    }
  })

  test('RFC 6120 §4.9.1.2: a client that said nothing gets our header first', () => {
    const receiver = new Receiver().give({ type: 'negotiation-timeout' })
    expect(receiver.types).toEqual(['send-header', 'clear-negotiation-timer', 'close'])
  })

  test('RFC 6120 §5.4.3.2: inside a handshake nothing is said', () => {
    const receiver = new Receiver().header().element(STARTTLS_COMMAND).give({ type: 'negotiation-timeout' })
    expect(receiver.find('close')).toEqual({ type: 'close', error: undefined, footer: false })
  })
})
