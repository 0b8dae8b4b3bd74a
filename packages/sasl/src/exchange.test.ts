import { type Element, el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { clientOptions, countingBytes, PASSWORD, serverOptions } from '../test/accounts.ts'
import { auth, NS, octets, sent } from '../test/exchanges.ts'
import {
  abortElement,
  authElement,
  CHANNEL_BINDING_NAMESPACE,
  CHANNEL_BINDING_TYPES,
  channelBindingsElement,
  createInitiatorExchange,
  createReceiverExchange,
  createSaslServer,
  failureElement,
  MECHANISM_NAMES,
  mechanismsElement,
  type ReceiverOutcome,
  readChannelBindings,
  readFailure,
  readMechanisms,
  responseElement,
  SASL_CONDITIONS,
  type SaslServerOptions,
  successElement,
} from './index.ts'

const plain = (password: string): Element => authElement('PLAIN', octets(`\0juliet\0${password}`))
const receiver = (changes: Partial<SaslServerOptions> = {}, maximumAttempts?: number) =>
  createReceiverExchange(
    createSaslServer(serverOptions(changes)),
    maximumAttempts === undefined ? {} : { maximumAttempts },
  )
const failed = (outcome: unknown): string => {
  const { send } = outcome as { send?: Element }
  return send?.name === 'failure' ? readFailure(send).condition : `no failure: ${send}`
}

describe('the receiving entity (RFC 6120 §6.4)', () => {
  test('§6.4.6: success, and who it is', () => {
    const outcome = receiver().receive(plain(PASSWORD))
    expect(outcome).toMatchObject({ type: 'success', success: { identity: 'juliet@example.org', mechanism: 'PLAIN' } })
    expect(sent(outcome)).toBe(`<success xmlns='${NS}'/>`)
  })

  test('§6.4.2: `=` is an initial response of no octets, nothing is none at all', () => {
    expect(receiver().receive(auth('ANONYMOUS', '='))).toMatchObject({ type: 'success' })
    const exchange = receiver()
    const challenge = exchange.receive(auth('ANONYMOUS'))
    expect(challenge).toMatchObject({ type: 'continue' })
    expect(sent(challenge)).toBe(`<challenge xmlns='${NS}'/>`)
    expect(exchange.receive(el('response', NS))).toMatchObject({ type: 'success' })
  })

  test.each(['AGp1bGlldAByMG0zMG15cjBtMzA', ' AGp1bGlldAByMG0zMG15cjBtMzA=', 'AGp1\nbGll', '==', '*', 'Zh=='])(
    '§6.5.5: %j is incorrect-encoding',
    (text) => {
      expect(failed(receiver().receive(auth('PLAIN', text)))).toBe('incorrect-encoding')
      const exchange = receiver()
      exchange.receive(auth('PLAIN'))
      expect(failed(exchange.receive(el('response', NS, {}, text)))).toBe('incorrect-encoding')
    },
  )

  test('§6.5.7: no mechanism, or one that is not offered', () => {
    expect(failed(receiver().receive(auth(undefined)))).toBe('invalid-mechanism')
    expect(failed(receiver().receive(auth('CRAM-MD5')))).toBe('invalid-mechanism')
  })

  test('§6.5.4: PLAIN without TLS', () => {
    expect(failed(receiver({ tls: false }).receive(auth('PLAIN', 'AGp1bGlldAByMG0zMG15cjBtMzA=')))).toBe(
      'encryption-required',
    )
  })

  test('§6.5.8: more than any mechanism needs is refused before it is decoded', () => {
    expect(failed(receiver().receive(auth('PLAIN', 'A'.repeat(16_388))))).toBe('malformed-request')
  })

  test('§6.4.4: an abort is answered with aborted, and another handshake may begin', () => {
    const exchange = receiver()
    exchange.receive(auth('PLAIN'))
    expect(sent(exchange.receive(abortElement()))).toBe(`<failure xmlns='${NS}'><aborted/></failure>`)
    expect(failed(exchange.receive(responseElement(octets(`\0juliet\0${PASSWORD}`))))).toBe('malformed-request')
    expect(exchange.receive(plain(PASSWORD))).toMatchObject({ type: 'success' })
  })

  test('§6.4.2: another <auth/> discards the handshake under way', () => {
    const exchange = receiver()
    exchange.receive(authElement('SCRAM-SHA-1', octets('n,,n=juliet,r=abc')))
    expect(exchange.receive(plain(PASSWORD))).toMatchObject({ type: 'success', success: { mechanism: 'PLAIN' } })
  })

  test('§6.4.2: the answer to a discarded <auth/> that comes late is not sent', async () => {
    let answer: (value: undefined) => void = () => {}
    const waiting = new Promise<undefined>((resolve) => {
      answer = resolve
    })
    const exchange = receiver({ credentials: { lookUp: () => waiting } })
    const first = exchange.receive(authElement('SCRAM-SHA-1', octets('n,,n=juliet,r=abc')))
    const second = exchange.receive(auth('ANONYMOUS', '='))
    answer(undefined)
    expect(await first).toEqual({ type: 'discarded' })
    expect(second).toMatchObject({ type: 'success' })
  })

  test('a response while the back end is still thinking ends the handshake', async () => {
    let answer: (value: undefined) => void = () => {}
    const waiting = new Promise<undefined>((resolve) => {
      answer = resolve
    })
    const exchange = receiver({ credentials: { lookUp: () => waiting } })
    const first = exchange.receive(authElement('SCRAM-SHA-1', octets('n,,n=juliet,r=abc')))
    expect(failed(exchange.receive(responseElement(octets('c=biws,r=abc,p=AQID'))))).toBe('malformed-request')
    answer(undefined)
    expect(await first).toEqual({ type: 'discarded' })
    expect(failed(exchange.receive(responseElement(octets('c=biws,r=abc,p=AQID'))))).toBe('malformed-request')
  })

  test('§6.4.5: five attempts, then policy-violation', () => {
    const exchange = receiver()
    for (let attempt = 1; attempt < 5; attempt++) {
      expect(exchange.receive(plain('wrong'))).toMatchObject({ type: 'continue' })
    }
    const last = exchange.receive(plain('wrong'))
    expect(last).toMatchObject({ type: 'close', streamError: 'policy-violation' })
    expect(failed(last)).toBe('not-authorized')
    expect(exchange.receive(plain(PASSWORD))).toEqual({ type: 'close', streamError: 'policy-violation' })
  })

  test('§6.4.5: handshakes that are begun and discarded are attempts too, and so are empty aborts', () => {
    const begun = receiver({}, 3)
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(begun.receive(auth('SCRAM-SHA-1'))).toMatchObject({ type: 'continue' })
    }
    expect(begun.receive(auth('SCRAM-SHA-1'))).toMatchObject({ type: 'close', streamError: 'policy-violation' })
    const aborted = receiver({}, 3)
    const outcomes = [1, 2, 3].map(() => (aborted.receive(abortElement()) as ReceiverOutcome).type)
    expect(outcomes).toEqual(['continue', 'continue', 'close'])
  })

  test('§6.5.8: elements of the other direction are malformed-request; others close the stream', () => {
    expect(failed(receiver().receive(successElement()))).toBe('malformed-request')
    expect(receiver().receive(el('message', 'jabber:client'))).toEqual({ type: 'close', streamError: 'not-authorized' })
  })

  test('§6.5.2: account-disabled comes with its text', () => {
    const tybalt = authElement('PLAIN', octets(`\0tybalt\0${PASSWORD}`))
    expect(sent(receiver().receive(tybalt))).toBe(
      `<failure xmlns='${NS}'><account-disabled/><text xml:lang='en'>Call 212-555-1212.</text></failure>`,
    )
  })

  test('the reason for logs is not sent', () => {
    const outcome = receiver().receive(authElement('SCRAM-SHA-1', octets('y,,n=juliet,r=abc')))
    expect(outcome).toMatchObject({ failure: { reason: 'server-does-support-channel-binding' } })
    expect(sent(outcome)).toBe(`<failure xmlns='${NS}'><not-authorized/></failure>`)
  })
})

describe('one against the other', () => {
  test.each(MECHANISM_NAMES)('%s, element by element', async (mechanism) => {
    const server = createSaslServer(serverOptions({ mechanisms: [mechanism] }))
    const features = mechanismsElement(server.mechanisms)
    const plus = mechanism.endsWith('-PLUS')
    const initiator = createInitiatorExchange(
      clientOptions({
        offered: readMechanisms(features),
        offeredChannelBindings: plus ? readChannelBindings(channelBindingsElement(CHANNEL_BINDING_TYPES)) : undefined,
        randomBytes: countingBytes(7),
      }),
    )
    const exchange = createReceiverExchange(server)
    let outcome = await exchange.receive(initiator.start)
    while (outcome.type === 'continue') {
      const reply = await initiator.receive(outcome.send)
      if (reply.type !== 'continue') throw new Error(reply.type)
      outcome = await exchange.receive(reply.send)
    }
    if (outcome.type !== 'success') throw new Error(outcome.type)
    expect(await initiator.receive(outcome.send)).toEqual({
      type: 'success',
      mechanism,
      binding: plus ? 'tls-exporter' : undefined,
    })
  })
})

describe('elements', () => {
  test('§6.5: every condition is written and read', () => {
    for (const condition of Object.keys(SASL_CONDITIONS) as (keyof typeof SASL_CONDITIONS)[]) {
      expect(readFailure(failureElement(condition, 'why', 'de'))).toEqual({ condition, text: 'why' })
    }
  })

  test('§6.3.5: other children of <mechanisms/> are passed over', () => {
    const features = el(
      'mechanisms',
      NS,
      {},
      el('mechanism', NS, {}, 'PLAIN'),
      el('hostname', 'urn:xmpp:domain-based-name:1'),
    )
    expect(readMechanisms(features)).toEqual(['PLAIN'])
    expect(String(mechanismsElement(['PLAIN']))).toBe(
      `<mechanisms xmlns='${NS}'><mechanism>PLAIN</mechanism></mechanisms>`,
    )
  })

  test('XEP-0440 §2: the example', () => {
    const element = channelBindingsElement(['tls-server-end-point', 'tls-exporter'])
    expect(String(element)).toBe(
      `<sasl-channel-binding xmlns='${CHANNEL_BINDING_NAMESPACE}'><channel-binding type='tls-server-end-point'/><channel-binding type='tls-exporter'/></sasl-channel-binding>`,
    )
    expect(readChannelBindings(element)).toEqual(['tls-server-end-point', 'tls-exporter'])
  })
})
