import { parseJid } from '@parlour/jid'
import { SASL_NAMESPACE } from '@parlour/sasl'
import { StanzaError } from '@parlour/stanza'
import { STARTTLS_PROCEED, starttlsFeature, TLS_NAMESPACE } from '@parlour/tls-negotiation'
import { type Element, el } from '@parlour/xml'
import { STREAM_NAMESPACE, StreamError, type StreamHeader } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import type { Environment } from './environment.ts'
import { startInitiator, stepInitiator } from './initiator.ts'
import type { InitiatorPolicy } from './initiator-stream.ts'
import type { InitiatorInput, InitiatorOutput, InitiatorState } from './initiator-types.ts'
import { BIND_NAMESPACE, SESSION_NAMESPACE } from './namespaces.ts'

let counter = 0
const environment: Environment = {
  now: () => 0,
  setTimer: () => () => {},
  randomBytes: (n) => Uint8Array.from({ length: n }, () => counter++ & 255),
}
const POLICY: InitiatorPolicy = {
  domain: 'im.example.com',
  account: parseJid('juliet@im.example.com'),
  lang: 'en',
  tls: 'required',
  resource: 'balcony',
  negotiationTimeout: 30_000,
}
const HEADER: StreamHeader = {
  namespace: 'jabber:client',
  from: 'im.example.com',
  id: 't7AMCin9',
  version: '1.0',
  lang: 'en',
}
const mechanisms = (...names: string[]) =>
  el('mechanisms', SASL_NAMESPACE, {}, ...names.map((name) => el('mechanism', SASL_NAMESPACE, {}, name)))
const BIND = el('bind', BIND_NAMESPACE)

class Initiator {
  state: InitiatorState
  outputs: readonly InitiatorOutput[]

  constructor(policy: Partial<InitiatorPolicy> = {}, secured = false) {
    const start = startInitiator({ ...POLICY, ...policy }, secured)
    this.state = start.state
    this.outputs = start.outputs
  }

  give(input: InitiatorInput): this {
    const step = stepInitiator(this.state, input, environment)
    this.state = step.state
    this.outputs = step.outputs
    return this
  }

  element(element: Element): this {
    return this.give({ type: 'element', element })
  }

  features(...features: Element[]): this {
    return this.give({ type: 'header', header: HEADER }).element(el('features', STREAM_NAMESPACE, {}, ...features))
  }

  find<Type extends InitiatorOutput['type']>(type: Type): Extract<InitiatorOutput, { type: Type }> | undefined {
    return this.outputs.find((output): output is Extract<InitiatorOutput, { type: Type }> => output.type === type)
  }

  get code(): string | undefined {
    return this.find('failed')?.error.code
  }

  get sent(): Element | undefined {
    return this.find('send')?.element
  }
}

const secured = () =>
  new Initiator().features(starttlsFeature(true)).element(STARTTLS_PROCEED).give({ type: 'tls-established' })
const authenticating = () => secured().features(mechanisms('SCRAM-SHA-1', 'PLAIN'))
const authenticated = () => authenticating().give({ type: 'sasl-success' })
const answer = (initiator: Initiator, type: string, ...children: Element[]) =>
  initiator.element(el('iq', 'jabber:client', { type, id: initiator.sent?.attribute('id') }, ...children))
const bound = (jid: string) => el('bind', BIND_NAMESPACE, {}, el('jid', BIND_NAMESPACE, {}, jid))

describe('headers', () => {
  test('RFC 6120 §4.7: to, version, lang; from only once TLS stands (§4.7.1)', () => {
    expect(new Initiator().find('send-header')?.header).toEqual({
      namespace: 'jabber:client',
      to: 'im.example.com',
      version: '1.0',
      lang: 'en',
    })
    expect(new Initiator({}, true).find('send-header')?.header.from).toBe('juliet@im.example.com')
    expect(secured().find('send-header')?.header.from).toBe('juliet@im.example.com')
  })

  test.each([
    [{ version: '0.9' }, 'unsupported-version'],
    [{ namespace: 'jabber:server' }, 'invalid-namespace'],
  ])('RFC 6120 §4.7.5, §4.8.2: a response %j is %s', (changes, code) => {
    expect(new Initiator().give({ type: 'header', header: { ...HEADER, ...changes } }).code).toBe(code)
  })

  test('RFC 6120 §4.9: the server’s stream error is the cause', () => {
    const error = new StreamError('host-unknown')
    const failed = new Initiator().give({ type: 'header', header: HEADER }).element(error.toElement())
    expect(failed.code).toBe('stream-error')
    expect(failed.find('failed')?.error.cause).toMatchObject({ condition: 'host-unknown' })
  })
})

describe('STARTTLS', () => {
  test('RFC 6120 §5.4: command, proceed, handshake, then a new stream with nothing kept (§5.4.3.3)', () => {
    const initiator = new Initiator().features(starttlsFeature(true), mechanisms('PLAIN'))
    expect(initiator.sent?.is('starttls', TLS_NAMESPACE)).toBe(true)
    expect(initiator.element(STARTTLS_PROCEED).outputs).toEqual([{ type: 'start-tls', domain: 'im.example.com' }])
    initiator.give({ type: 'tls-established' })
    expect(initiator.outputs.map((output) => output.type)).toEqual(['send-header'])
    expect(initiator.state).toMatchObject({ stream: { features: undefined, header: undefined } })
  })

  test('CVE-2016-10027: a removed <starttls/> is an error, and no credential is sent', () => {
    const initiator = new Initiator().features(mechanisms('PLAIN'))
    expect(initiator.code).toBe('starttls-not-offered')
    expect(initiator.find('begin-authentication')).toBeUndefined()
  })

  test('RFC 6120 §5.3.1: optional TLS is used where offered, and left where not', () => {
    expect(new Initiator({ tls: 'optional' }).features(starttlsFeature(false)).sent?.name).toBe('starttls')
    expect(
      new Initiator({ tls: 'optional' }).features(mechanisms('SCRAM-SHA-1')).find('begin-authentication'),
    ).toBeDefined()
  })

  test.each([
    [el('failure', TLS_NAMESPACE), 'starttls-refused'],
    [el('proceed', 'urn:other'), 'starttls-unexpected-answer'],
  ])('RFC 6120 §5.4.2.2: the answer %s is %s', (element, code) => {
    expect(new Initiator().features(starttlsFeature(true)).element(element).code).toBe(code)
  })

  test('RFC 6120 §5.4.3.2: a failed handshake has its cause, and no </stream>', () => {
    for (const type of ['tls-failed', 'connection-lost'] as const) {
      const cause = new Error('certificate has expired')
      const initiator = new Initiator().features(starttlsFeature(true)).element(STARTTLS_PROCEED).give({ type, cause })
      expect(initiator.find('failed')).toMatchObject({ footer: false, error: { code: 'tls-failed', cause } })
    }
  })
})

describe('authentication', () => {
  test('RFC 6120 §6.4.1: what is offered goes to the SASL client, elements go between', () => {
    const initiator = authenticating()
    expect(initiator.find('begin-authentication')?.mechanisms).toEqual(['SCRAM-SHA-1', 'PLAIN'])
    const auth = el('auth', SASL_NAMESPACE)
    expect(initiator.give({ type: 'sasl-continue', send: auth }).sent).toBe(auth)
    const challenge = el('challenge', SASL_NAMESPACE)
    expect(initiator.element(challenge).outputs).toEqual([{ type: 'authenticate', element: challenge }])
  })

  test('RFC 6120 §6.4.6: success restarts the stream', () => {
    expect(authenticated().outputs.map((output) => output.type)).toEqual(['restart', 'send-header'])
  })

  test('RFC 6120 §6.4.5: a failure is final here, with its cause, after an abort', () => {
    const cause = new Error('not-authorized')
    const abort = el('abort', SASL_NAMESPACE)
    const initiator = authenticating().give({ type: 'sasl-failure', cause, send: abort })
    expect(initiator.sent).toBe(abort)
    expect(initiator.find('failed')).toMatchObject({ error: { code: 'authentication-failed', cause } })
  })

  test.each([
    ['nothing', [], 'mechanisms-not-offered'],
    ['no mechanism', [mechanisms()], 'mechanisms-not-offered'],
    ['bind without SASL', [BIND], 'mechanisms-not-offered'],
  ])('RFC 6120 §6.3.1: %s offered is an error', (_, features, code) => {
    expect(secured().features(...features).code).toBe(code)
  })
})

describe('resource binding', () => {
  test('RFC 6120 §7.7.1: the wish is asked for; the address is what the server says (§4.3.6)', () => {
    const initiator = authenticated().features(BIND)
    expect(initiator.sent?.child('bind', BIND_NAMESPACE)?.childText('resource')).toBe('balcony')
    answer(initiator, 'result', bound('juliet@im.example.com/other'))
    expect(initiator.find('established')?.jid.toString()).toBe('juliet@im.example.com/other')
    expect(initiator.outputs.map((output) => output.type)).toEqual(['clear-negotiation-timer', 'established'])
  })

  test('RFC 6120 §7.6.1: the text may be surrounded by white space, as the RFC prints it', () => {
    const initiator = answer(authenticated().features(BIND), 'result', bound('\n  juliet@im.example.com/x\n  '))
    expect(initiator.find('established')?.jid.resource).toBe('x')
  })

  test('RFC 6120 §7.7.2: a refusal has the stanza error as its cause', () => {
    const initiator = authenticated().features(BIND)
    answer(initiator, 'error', new StanzaError('conflict').toElement('jabber:client'))
    expect(initiator.find('failed')?.error).toMatchObject({ code: 'bind-failed', cause: { condition: 'conflict' } })
  })

  test.each(['', 'im.example.com', 'juliet@im.example.com', '@@'])('a bound address %j is an error', (jid) => {
    expect(answer(authenticated().features(BIND), 'result', bound(jid)).code).toBe('invalid-address')
  })

  test('RFC 6120 §8.2.3: only the answer with the id of the request counts', () => {
    const initiator = authenticated().features(BIND)
    initiator.element(el('iq', 'jabber:client', { type: 'result', id: 'x' }, bound('juliet@im.example.com/x')))
    expect(initiator.code).toBe('unexpected-element')
  })

  test('RFC 6120 §7.4: no bind after SASL is an error', () => {
    expect(authenticated().features().code).toBe('bind-not-offered')
  })

  test('RFC 3921 §3: a session that is not optional is asked for, an optional one is not', () => {
    const required = answer(
      authenticated().features(BIND, el('session', SESSION_NAMESPACE)),
      'result',
      bound('juliet@im.example.com/x'),
    )
    expect(required.sent?.child('session', SESSION_NAMESPACE)).toBeDefined()
    expect(answer(required, 'result').find('established')).toBeDefined()
    const optional = el('session', SESSION_NAMESPACE, {}, el('optional', SESSION_NAMESPACE))
    const initiator = authenticated().features(BIND, optional)
    expect(answer(initiator, 'result', bound('juliet@im.example.com/x')).find('established')).toBeDefined()
  })
})

test.each([
  [{ type: 'footer' }, 'stream-closed'],
  [{ type: 'negotiation-timeout' }, 'timeout'],
  [{ type: 'connection-lost', cause: undefined }, 'connection-lost'],
  [{ type: 'abort', cause: 'enough' }, 'aborted'],
  [{ type: 'invalid-input', error: new StreamError('not-well-formed') }, 'stream-error'],
  [{ type: 'header', header: HEADER }, undefined],
] as const)('%j ends every stage with %s', (input, code) => {
  if (code === undefined) return expect(authenticating().give(input).code).toBe('unexpected-element')
  for (const initiator of [new Initiator(), secured(), authenticating(), authenticated().features(BIND)]) {
    expect(initiator.give(input).code).toBe(code)
    expect(initiator.give(input).outputs).toEqual([])
  }
})
