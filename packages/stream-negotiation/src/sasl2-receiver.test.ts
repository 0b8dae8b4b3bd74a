import { parseJid } from '@parlour/jid'
import {
  abort2Element,
  authenticateElement,
  authenticationElement,
  nextElement,
  readContinue,
  readFailure2,
  readMessage2,
  readSuccess2,
  response2Element,
  SASL_NAMESPACE,
  taskDataElement,
} from '@parlour/sasl'
import { el } from '@parlour/xml'
import type { StreamHeader } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import { bind, hostOf, JULIET, Receiver, secured } from './receiver.fixture.ts'
import type { Sasl2Outcome } from './sasl2-receiver-types.ts'

const OFFER = { mechanisms: ['SCRAM-SHA-1'], inline: [el('bind', 'urn:xmpp:bind:0')], upgrades: [] }
const HOST = hostOf('im.example.com', { mechanisms: () => [authenticationElement(OFFER)], takesSasl2: true })
const POLICY = { host: () => HOST }
const REQUEST = { mechanism: 'SCRAM-SHA-1', initialResponse: Uint8Array.of(1), inline: [el('bind', 'urn:xmpp:bind:0')] }
const AUTHENTICATE = authenticateElement(REQUEST)
const FULL = parseJid('juliet@im.example.com/AwesomeXMPP/4232f4d4')

const ready = (header: Partial<StreamHeader> = {}) => secured(POLICY).header(header)
const begun = (header: Partial<StreamHeader> = {}) => ready(header).element(AUTHENTICATE)
const outcome = (receiver: Receiver, is: Sasl2Outcome) => receiver.give({ type: 'sasl2', outcome: is })
const SUCCESS: Sasl2Outcome = { type: 'success', account: JULIET, data: Uint8Array.of(9) }
const proven = (is: Sasl2Outcome = SUCCESS) => outcome(begun(), is)
const activating = () => proven().give({ type: 'tasks', names: [] })
const sent = (receiver: Receiver) =>
  receiver.outputs.flatMap((output) => (output.type === 'send' ? [output.element] : []))
const failed = (receiver: Receiver) =>
  sent(receiver)
    .filter((e) => e.name === 'failure')
    .map((e) => readFailure2(e).condition)

describe('what is offered', () => {
  test('XEP-0388 §2.1: beside the mechanisms of RFC 6120 §6, never after authentication', () => {
    expect(new Receiver(POLICY).header().features).toEqual(['starttls'])
    expect(ready().features).toEqual(['authentication', 'extra-unauthenticated-true'])
    const after = activating().give({ type: 'activated', results: [] })
    expect(after.features).toEqual(['bind', 'session', 'extra-authenticated-true'])
  })

  test('a host without SASL2 takes none of its elements', () => {
    expect(secured().header().element(AUTHENTICATE).condition).toBe('unsupported-stanza-type')
  })

  test('XEP-0388 §3: before TLS it is encryption-required', () => {
    expect(failed(new Receiver({ ...POLICY, tlsRequired: false }).header().element(AUTHENTICATE))).toEqual([
      'encryption-required',
    ])
  })
})

describe('the exchange', () => {
  test('XEP-0388 §2.3: the request is handed out as it was read', () => {
    expect(begun().outputs).toEqual([{ type: 'begin-sasl2', request: { ...REQUEST, userAgent: undefined } }])
  })

  test('XEP-0388 §2.5: challenges and responses', () => {
    const receiver = outcome(begun(), { type: 'challenge', data: Uint8Array.of(2) })
    const challenge = sent(receiver)[0]
    expect(challenge && readMessage2(challenge)).toEqual(Uint8Array.of(2))
    expect(receiver.element(response2Element(Uint8Array.of(3))).outputs).toEqual([
      { type: 'continue-sasl2', message: Uint8Array.of(3) },
    ])
  })

  test('XEP-0388 §2.6.1: success names the account; features follow, and no restart', () => {
    const receiver = activating()
    expect(receiver.outputs).toMatchObject([{ type: 'activate', account: JULIET, request: REQUEST }])
    receiver.give({ type: 'activated', results: [el('token', 'urn:xmpp:fast:0')] })
    expect(receiver.types).toEqual(['send', 'send-features'])
    const success = sent(receiver)[0]
    expect(success && readSuccess2(success)).toEqual({
      additionalData: Uint8Array.of(9),
      authorizationIdentifier: 'juliet@im.example.com',
      results: [el('token', 'urn:xmpp:fast:0')],
    })
    expect(receiver.element(bind('balcony')).types).toEqual(['bind'])
  })

  test('XEP-0386 §3.2: with a resource bound, success has the full JID and the stream is established', () => {
    const receiver = activating().give({ type: 'activated', jid: FULL, results: [] })
    expect(receiver.types).toEqual(['clear-negotiation-timer', 'send', 'send-features', 'established'])
    expect(receiver.find('established')).toEqual({ type: 'established', jid: FULL, lang: 'de' })
    expect(receiver.features).toEqual(['extra-authenticated-true'])
    const success = sent(receiver)[0]
    expect(success && readSuccess2(success)).toMatchObject({ authorizationIdentifier: FULL.toString() })
    expect(receiver.give({ type: 'negotiation-timeout' }).outputs).toEqual([])
  })

  test('what the client has had already is not listed again', () => {
    const receiver = activating().give({ type: 'activated', jid: FULL, negotiated: ['urn:extra'], results: [] })
    expect(receiver.features).toEqual([])
  })

  test('XEP-0198 §9.2: after resumption "stream features MUST NOT be sent"', () => {
    const receiver = activating().give({ type: 'activated', jid: FULL, resumed: true, results: [] })
    expect(receiver.types).toEqual(['clear-negotiation-timer', 'send', 'established'])
  })

  test('XEP-0388 §4.8: after success any further <authenticate/> ends the stream', () => {
    const receiver = activating().give({ type: 'activated', results: [] })
    expect(receiver.element(AUTHENTICATE).condition).toBe('not-authorized')
    expect(
      proven()
        .give({ type: 'tasks', names: ['X'] })
        .element(AUTHENTICATE).condition,
    ).toBe('policy-violation')
  })
})

describe('failure', () => {
  test('XEP-0388 §2.6.2: the stream stays as it was, and the client may try again, in either profile', () => {
    const receiver = outcome(begun(), { type: 'failure', condition: 'not-authorized', text: 'no' })
    expect(failed(receiver)).toEqual(['not-authorized'])
    expect(receiver.element(AUTHENTICATE).types).toEqual(['begin-sasl2'])
    outcome(receiver, { type: 'failure', condition: 'invalid-mechanism' })
    expect(receiver.element(el('auth', SASL_NAMESPACE)).types).toEqual(['authenticate'])
  })

  test('RFC 6120 §6.4.5: five failures end the stream, of both profiles together', () => {
    const receiver = ready()
    for (let n = 1; n <= 4; n++)
      outcome(receiver.element(AUTHENTICATE), { type: 'failure', condition: 'not-authorized' })
    receiver.element(el('auth', SASL_NAMESPACE)).give({ type: 'sasl', send: [], outcome: { type: 'failure' } })
    expect(receiver.condition).toBe('policy-violation')
  })

  test('XEP-0388 §4.5: the client may abort', () => {
    const receiver = outcome(begun(), { type: 'challenge', data: Uint8Array.of(2) }).element(abort2Element())
    expect(receiver.types).toEqual(['abort-sasl2', 'send'])
    expect(failed(receiver)).toEqual(['aborted'])
    expect(failed(ready().element(abort2Element()))).toEqual(['aborted'])
  })

  test.each([
    [
      'what is not base 64',
      el('authenticate', 'urn:xmpp:sasl:2', { mechanism: 'X' }, el('initial-response', 'urn:xmpp:sasl:2', {}, '*')),
      'incorrect-encoding',
    ],
    ['no mechanism', el('authenticate', 'urn:xmpp:sasl:2'), 'malformed-request'],
    ['a response without a challenge', response2Element(Uint8Array.of(1)), 'malformed-request'],
  ])('%s is a failure', (_, element, condition) => {
    expect(failed(ready().element(element))).toEqual([condition])
  })

  test('a response that is not base 64 is a failure', () => {
    const receiver = outcome(begun(), { type: 'challenge', data: Uint8Array.of(2) })
    expect(failed(receiver.element(el('response', 'urn:xmpp:sasl:2', {}, '*')))).toEqual(['incorrect-encoding'])
  })

  test.each([
    ['a stanza', el('message', 'jabber:client')],
    ['the other profile', el('auth', SASL_NAMESPACE)],
    ['a second request', AUTHENTICATE],
  ])('XEP-0388 §2.4: while it goes on, %s ends the stream', (_, element) => {
    const receiver = outcome(begun(), { type: 'challenge', data: Uint8Array.of(2) })
    expect(receiver.element(element).condition).toBe('policy-violation')
  })

  test('XEP-0388 §2.3: an authorization string other than the `from` of the stream is refused', () => {
    const as = (authorizationId: string): Sasl2Outcome => ({ ...SUCCESS, authorizationId }) as Sasl2Outcome
    expect(failed(outcome(begun(), as('romeo@im.example.com')))).toEqual(['invalid-authzid'])
    expect(outcome(begun(), as('juliet@im.example.com')).types).toEqual(['ask-tasks'])
    expect(outcome(begun({ from: undefined as never }), as('juliet@im.example.com')).types).toEqual(['ask-tasks'])
    expect(failed(outcome(begun(), as('@@')))).toEqual(['invalid-authzid'])
  })
})

describe('tasks (XEP-0388 §2.6.3)', () => {
  const asked = () => proven().give({ type: 'tasks', names: ['UPGR-A', 'UPGR-B'], text: 'more' })

  test('one of those offered is chosen, and exchanged inside <task-data/>', () => {
    const receiver = asked()
    const element = sent(receiver)[0]
    expect(element && readContinue(element)).toEqual({
      additionalData: Uint8Array.of(9),
      tasks: ['UPGR-A', 'UPGR-B'],
      text: 'more',
    })
    const content = [el('a', 'urn:a')]
    receiver.element(nextElement('UPGR-B', ...content))
    expect(receiver.outputs).toEqual([
      { type: 'perform-task', account: JULIET, task: 'UPGR-B', isFirst: true, content },
    ])
    receiver.give({ type: 'task', outcome: { type: 'data', content: [el('salt', 'urn:a')] } })
    expect(sent(receiver)).toEqual([taskDataElement(el('salt', 'urn:a'))])
    receiver.element(taskDataElement(el('hash', 'urn:a')))
    expect(receiver.find('perform-task')).toMatchObject({ isFirst: false, content: [el('hash', 'urn:a')] })
    receiver.give({ type: 'task', outcome: { type: 'done', content: [el('done', 'urn:a')] } })
    expect(receiver.types).toEqual(['ask-tasks'])
  })

  test('success comes when none is left, with what they had to say and no second additional data', () => {
    const receiver = asked().element(nextElement('UPGR-A'))
    receiver.give({ type: 'task', outcome: { type: 'done', content: [el('done', 'urn:a')] } })
    receiver.give({ type: 'tasks', names: [] }).give({ type: 'activated', results: [] })
    const success = sent(receiver)[0]
    expect(success && readSuccess2(success)).toMatchObject({
      additionalData: undefined,
      results: [el('done', 'urn:a')],
    })
  })

  test('a task that fails, or was not offered, is a failure: nobody is signed in', () => {
    const receiver = asked().element(nextElement('UPGR-A'))
    expect(failed(receiver.give({ type: 'task', outcome: { type: 'failure', condition: 'not-authorized' } }))).toEqual([
      'not-authorized',
    ])
    expect(failed(asked().element(nextElement('UPGR-C')))).toEqual(['malformed-request'])
    expect(receiver.element(el('message', 'jabber:client')).condition).toBe('not-authorized')
  })
})

test('RFC 6120 §13.12: elements are bounded within an exchange too', () => {
  const receiver = ready()
  const outcomes = Array.from({ length: 60 }, () => {
    if (receiver.condition) return receiver.condition
    receiver.element(receiver.state.name === 'awaiting-negotiation' ? AUTHENTICATE : response2Element(Uint8Array.of(1)))
    if (receiver.condition) return receiver.condition
    outcome(receiver, { type: 'challenge', data: Uint8Array.of(2) })
    return undefined
  })
  expect(outcomes.at(-1)).toBe('policy-violation')
})
