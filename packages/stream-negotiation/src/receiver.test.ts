import { parseJid } from '@parlour/jid'
import { SASL_NAMESPACE } from '@parlour/sasl'
import { StanzaError } from '@parlour/stanza'
import { STARTTLS_COMMAND, TLS_NAMESPACE } from '@parlour/tls-negotiation'
import { type Element, el } from '@parlour/xml'
import { StreamError, type StreamHeader } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import type { Environment } from './environment.ts'
import { BIND_NAMESPACE, SESSION_NAMESPACE } from './namespaces.ts'
import { startReceiver, stepReceiver } from './receiver.ts'
import {
  DEFAULT_RECEIVER_LIMITS,
  type ReceiverHost,
  type ReceiverInput,
  type ReceiverOutput,
  type ReceiverPolicy,
  type ReceiverState,
} from './receiver-types.ts'

let seed = 1
const environment: Environment = {
  now: () => 0,
  setTimer: () => () => {},
  randomBytes: (n) =>
    Uint8Array.from({ length: n }, () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return (seed >>> 16) & 255
    }),
}

const MECHANISMS = el('mechanisms', SASL_NAMESPACE, {}, el('mechanism', SASL_NAMESPACE, {}, 'SCRAM-SHA-1'))
const hostOf = (domain: string, more: Partial<ReceiverHost> = {}): ReceiverHost => ({
  domain,
  mechanisms: () => [MECHANISMS],
  extraFeatures: (stage, secure) => [el(`extra-${stage}-${secure}`, 'urn:extra')],
  takesRequestsBeforeAuthentication: true,
  negotiationNamespaces: new Set(['urn:xmpp:sm:3']),
  ...more,
})
const HOSTS = new Map([
  ['im.example.com', hostOf('im.example.com')],
  ['other.example.com', hostOf('other.example.com')],
])
const POLICY: ReceiverPolicy = {
  ...DEFAULT_RECEIVER_LIMITS,
  host: (domain) => HOSTS.get(domain),
  lang: 'en',
  tlsAvailable: true,
  tlsRequired: true,
}
const HEADER: StreamHeader = {
  namespace: 'jabber:client',
  from: 'juliet@im.example.com',
  to: 'im.example.com',
  version: '1.0',
  lang: 'de',
}
const JULIET = parseJid('juliet@im.example.com')

/** A receiving machine and what it said last. */
class Receiver {
  state: ReceiverState
  outputs: readonly ReceiverOutput[]

  constructor(policy: Partial<ReceiverPolicy> = {}, secured = false) {
    const start = startReceiver({ ...POLICY, ...policy }, secured)
    this.state = start.state
    this.outputs = start.outputs
  }

  give(input: ReceiverInput): this {
    const step = stepReceiver(this.state, input, environment)
    this.state = step.state
    this.outputs = step.outputs
    return this
  }

  header(changes: Partial<StreamHeader> = {}): this {
    return this.give({ type: 'header', header: { ...HEADER, ...changes } })
  }

  element(element: Element): this {
    return this.give({ type: 'element', element })
  }

  find<Type extends ReceiverOutput['type']>(type: Type): Extract<ReceiverOutput, { type: Type }> | undefined {
    return this.outputs.find((output): output is Extract<ReceiverOutput, { type: Type }> => output.type === type)
  }

  get features(): string[] | undefined {
    return this.find('send-features')?.features.map((feature) => feature.name)
  }

  get condition(): string | undefined {
    return this.find('close')?.error?.condition
  }

  get types(): string[] {
    return this.outputs.map((output) => output.type)
  }
}

const secured = (policy: Partial<ReceiverPolicy> = {}) =>
  new Receiver(policy).header().element(STARTTLS_COMMAND).give({ type: 'tls-established' })
const authenticated = (policy: Partial<ReceiverPolicy> = {}) =>
  secured(policy)
    .header()
    .element(el('auth', SASL_NAMESPACE))
    .give({ type: 'sasl', send: [], outcome: { type: 'success', account: JULIET } })
const binding = () => authenticated().header()
const bind = (resource?: string, id = 'b1') =>
  el(
    'iq',
    'jabber:client',
    { type: 'set', id },
    el('bind', BIND_NAMESPACE, {}, resource !== undefined && el('resource', BIND_NAMESPACE, {}, resource)),
  )
const registration = (attributes: Record<string, string> = {}) =>
  el('iq', 'jabber:client', { type: 'get', id: 'r1', ...attributes }, el('query', 'jabber:iq:register'))

describe('stream headers', () => {
  test('1. RFC 6120 §4.3.2: features follow the response header at once', () => {
    expect(new Receiver().header().types).toEqual(['send-header', 'send-features'])
  })

  test('2. RFC 6120 §4.3.3: after TLS and SASL a new id, no </stream>', () => {
    const ids = [new Receiver().header(), secured().header(), authenticated().header()].map(
      (receiver) => receiver.find('send-header')?.header.id,
    )
    expect(new Set(ids).size).toBe(3)
    expect(secured().types).toEqual([])
    expect(authenticated().types).toEqual(['restart'])
  })

  test('3. RFC 6120 §4.3.4, §5.4.3.3: features after each restart; STARTTLS not again', () => {
    expect(new Receiver().header().features).toEqual(['starttls'])
    expect(secured().header().features).toEqual(['mechanisms', 'extra-unauthenticated-true'])
    expect(authenticated().header().features).toEqual(['bind', 'session', 'extra-authenticated-true'])
  })

  test('8. RFC 6120 §4.7.1, §4.7.2: from is our domain; to is the bare JID if the client sent from', () => {
    const { header } = new Receiver().header({ from: 'juliet@im.example.com/balcony' }).find('send-header') ?? {}
    expect(header).toMatchObject({ from: 'im.example.com', to: 'juliet@im.example.com' })
    const { from: _, ...withoutFrom } = HEADER
    const anonymous = new Receiver().give({ type: 'header', header: withoutFrom }).find('send-header')
    expect(anonymous?.header).not.toHaveProperty('to')
  })

  test('9. RFC 6120 §4.7.3: the id is ours, long, and never the one that came', () => {
    const ids = Array.from({ length: 50 }, () => new Receiver().header({ id: 'mine' }).find('send-header')?.header.id)
    expect(new Set(ids).size).toBe(50)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{24}$/)
  })

  test('10. RFC 6120 §4.7.4: xml:lang is always there, our default for any language', () => {
    expect(new Receiver().header({ lang: 'tlh' }).find('send-header')?.header.lang).toBe('en')
    const { lang: _, ...withoutLang } = HEADER
    expect(new Receiver().give({ type: 'header', header: withoutLang }).find('send-header')?.header.lang).toBe('en')
  })

  test.each([
    ['de-CH', 'de-CH'],
    ['x'.repeat(9), undefined],
    [`en-${'x'.repeat(8)}-${'y'.repeat(8)}-${'z'.repeat(8)}-${'w'.repeat(8)}`, undefined],
    ["en' onclick='", undefined],
    ['', undefined],
  ])('10. RFC 6120 §4.7.4: %j is remembered as %j', (lang, remembered) => {
    expect(new Receiver().header({ lang }).state).toMatchObject({ stream: { lang: remembered } })
  })

  test.each([
    ['1.0', undefined],
    ['1.13', undefined],
    ['01.00', undefined],
    ['2.0', 'unsupported-version'],
    ['10.0', 'unsupported-version'],
    ['0.9', 'unsupported-version'],
    ['1', 'unsupported-version'],
    ['', 'unsupported-version'],
  ])('11. RFC 6120 §4.7.5: version %j leads to %s', (version, condition) => {
    const receiver = new Receiver().header({ version })
    expect(receiver.condition).toBe(condition)
    expect(receiver.types[0]).toBe('send-header')
  })

  test('11. RFC 6120 §4.7.5 rule 4: no version means 0.9, and the response carries none', () => {
    const { version: _, ...header } = HEADER
    const receiver = new Receiver().give({ type: 'header', header })
    expect(receiver.condition).toBe('unsupported-version')
    expect(receiver.find('send-header')?.header).not.toHaveProperty('version')
  })

  test('12. RFC 6120 §4.8.2, §4.9.1.2: a wrong content namespace is invalid-namespace, after our own header', () => {
    const receiver = new Receiver().header({ namespace: 'jabber:server' })
    expect(receiver.types).toEqual(['send-header', 'clear-negotiation-timer', 'close'])
    expect(receiver.condition).toBe('invalid-namespace')
    expect(receiver.find('send-header')?.header.namespace).toBe('jabber:client')
  })

  test.each([undefined, '', 'unknown.example', '@@', 'juliet@im.example.com', 'im.example.com/x'])(
    '17. RFC 6120 §4.9.1.3, §4.9.3.6: to=%j is host-unknown, from an empty from',
    (to) => {
      const { to: _, ...header } = HEADER
      const receiver = new Receiver().give({
        type: 'header',
        header: to === undefined ? header : { ...header, to },
      })
      expect(receiver.condition).toBe('host-unknown')
      expect(receiver.find('send-header')?.header.from).toBe('')
    },
  )

  test('RFC 7622 §3.2: the domain is compared in prepared form', () => {
    expect(new Receiver().header({ to: 'IM.Example.COM' }).condition).toBeUndefined()
  })

  test('16. RFC 6120 §4.9.1.1, §4.9.1.2: input that is not XML gets our header, the error, the end', () => {
    const receiver = new Receiver().give({ type: 'stream-error', error: new StreamError('not-well-formed') })
    expect(receiver.types).toEqual(['send-header', 'clear-negotiation-timer', 'close'])
    const later = new Receiver().header().give({ type: 'stream-error', error: new StreamError('not-well-formed') })
    expect(later.types).toEqual(['clear-negotiation-timer', 'close'])
    expect(later.give({ type: 'footer' }).outputs).toEqual([])
  })

  test('6. RFC 6120 §4.4: </stream> is answered with </stream>', () => {
    expect(new Receiver().header().give({ type: 'footer' }).find('close')).toEqual({
      type: 'close',
      error: undefined,
      footer: true,
    })
  })
})

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

describe('stanzas before a resource is bound', () => {
  test.each([
    ['before TLS', () => new Receiver().header()],
    ['before SASL', () => secured().header()],
    ['before bind', () => binding()],
  ])('5. RFC 6120 §4.3.5, §7.1: a message %s ends the stream with not-authorized', (_, receiver) => {
    const message = el('message', 'jabber:client', { to: 'romeo@example.net' })
    expect(receiver().element(message).condition).toBe('not-authorized')
    expect(receiver().element(el('presence', 'jabber:client')).condition).toBe('not-authorized')
  })

  test('14. RFC 6120 §4.9.3.24: what is no stanza is unsupported-stanza-type', () => {
    expect(binding().element(el('pubsub', 'jabber:client')).condition).toBe('unsupported-stanza-type')
    expect(binding().element(el('x', 'urn:x')).condition).toBe('unsupported-stanza-type')
  })

  test('XEP-0077 §3: an IQ request to the server is handed out before authentication', () => {
    for (const attributes of [{}, { to: 'im.example.com' }] as Record<string, string>[]) {
      const receiver = secured().header().element(registration(attributes))
      expect(receiver.types).toEqual(['request-before-authentication'])
    }
  })

  test.each([
    ['to somebody', { to: 'romeo@example.net' }],
    ['to an account', { to: 'juliet@im.example.com' }],
    ['that is a result', { type: 'result' }],
  ])('5. RFC 6120 §4.3.5: a request %s is not-authorized', (_, attributes) => {
    expect(secured().header().element(registration(attributes)).condition).toBe('not-authorized')
  })

  test('XEP-0077 §10: no password before mandatory TLS', () => {
    expect(new Receiver().header().element(registration()).condition).toBe('not-authorized')
  })

  test('a host without such requests answers not-authorized', () => {
    const host = hostOf('im.example.com', { takesRequestsBeforeAuthentication: false })
    expect(new Receiver({ host: () => host }, true).header().element(registration()).condition).toBe('not-authorized')
  })

  test('RFC 6120 §13.12: such requests are bounded', () => {
    const receiver = secured().header()
    for (let n = 0; n < 10; n++) expect(receiver.element(registration()).condition).toBeUndefined()
    expect(receiver.element(registration()).condition).toBe('policy-violation')
  })

  test('XEP-0198 §5: an extension may take the place of bind, once authenticated', () => {
    const resume = el('resume', 'urn:xmpp:sm:3', { previd: 'x', h: '0' })
    expect(secured().header().element(resume).condition).toBe('unsupported-stanza-type')
    const receiver = binding().element(resume)
    expect(receiver.types).toEqual(['negotiate-extension'])
    expect(receiver.give({ type: 'extension', jid: undefined }).element(bind()).types).toEqual(['bind'])
    const jid = parseJid('juliet@im.example.com/old')
    expect(binding().element(resume).give({ type: 'extension', jid }).find('established')?.jid).toBe(jid)
  })
})

describe('resource binding', () => {
  test('44. RFC 6120 §8.2.3: a bind request without an id is a bad request, and counts as a failure', () => {
    const receiver = binding().element(bind('balcony').withAttributes({ id: undefined }))
    const error = receiver.find('send')?.element.child('error')
    expect(error?.child('bad-request', 'urn:ietf:params:xml:ns:xmpp-stanzas')).toBeDefined()
    expect(receiver.element(bind('balcony')).types).toEqual(['bind'])
  })

  const jid = parseJid('juliet@im.example.com/balcony')

  test('39. RFC 6120 §7.4, §7.3.2: bind is offered after SASL only; no restart after it', () => {
    expect(secured().header().features).not.toContain('bind')
    const receiver = binding().element(bind('balcony')).give({ type: 'bound', jid })
    expect(receiver.types).toEqual(['clear-negotiation-timer', 'send', 'established'])
    expect(receiver.find('established')).toMatchObject({ jid, lang: 'de' })
  })

  test('40. RFC 6120 §7.6, §7.7.1: the result has the full JID; the wish is handed on, an empty one is none', () => {
    expect(binding().element(bind()).find('bind')).toEqual({ type: 'bind', account: JULIET, resource: undefined })
    expect(binding().element(bind('')).find('bind')?.resource).toBeUndefined()
    const receiver = binding().element(bind('balcony'))
    expect(receiver.find('bind')?.resource).toBe('balcony')
    const result = receiver.give({ type: 'bound', jid }).find('send')?.element
    expect(result?.attributes).toMatchObject({ type: 'result', id: 'b1' })
    expect(result?.child('bind', BIND_NAMESPACE)?.childText('jid')).toBe('juliet@im.example.com/balcony')
  })

  test.each(['conflict', 'resource-constraint', 'bad-request', 'not-allowed'] as const)(
    '41, 42. RFC 6120 §7.6.2, §7.7.2: %s is a stanza error, and the client may try again',
    (condition) => {
      const receiver = binding()
        .element(bind('balcony'))
        .give({ type: 'bind-failed', error: new StanzaError(condition) })
      const reply = receiver.find('send')?.element
      expect(reply?.attribute('type')).toBe('error')
      expect(reply && StanzaError.fromElement(reply).condition).toBe(condition)
      expect(receiver.element(bind('orchard')).find('bind')?.resource).toBe('orchard')
    },
  )

  test('42. RFC 6120 §7.7.3: after five failures policy-violation', () => {
    const receiver = binding()
    for (let n = 1; n <= 5; n++) {
      receiver.element(bind('x')).give({ type: 'bind-failed', error: new StanzaError('conflict') })
      expect(receiver.condition).toBe(n < 5 ? undefined : 'policy-violation')
    }
  })

  test('RFC 3921 §3: a session is listed as optional', () => {
    const session = binding()
      .find('send-features')
      ?.features.find((feature) => feature.namespace === SESSION_NAMESPACE)
    expect(session?.child('optional')).toBeDefined()
  })

  test('4. RFC 6120 §4.3.5: once established the machine says nothing more', () => {
    const receiver = binding().element(bind()).give({ type: 'bound', jid })
    expect(receiver.element(bind()).outputs).toEqual([])
    expect(receiver.give({ type: 'negotiation-timeout' }).outputs).toEqual([])
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
