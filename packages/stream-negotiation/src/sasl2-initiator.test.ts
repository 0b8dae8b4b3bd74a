import { parseJid } from '@parlour/jid'
import {
  authenticationElement,
  challenge2Element,
  continueElement,
  failure2Element,
  mechanismsElement,
  nextElement,
  success2Element,
  taskDataElement,
  upgradeRequestElement,
} from '@parlour/sasl'
import { enabled, failed, resumed, SM_FEATURE, SM_NAMESPACE } from '@parlour/stream-management'
import { type Element, el } from '@parlour/xml'
import { STREAM_NAMESPACE } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import {
  BIND_NAMESPACE,
  BIND2_NAMESPACE,
  FAST_NAMESPACE,
  type InitiatorInput,
  type InitiatorPolicy,
  type InitiatorStep,
  readInlineOffer,
  readIssuedToken,
  startInitiator,
  stepInitiator,
} from './index.ts'

const JID = parseJid('juliet@im.example.com/parlour/1')
const CARBONS = 'urn:xmpp:carbons:2'
const ENABLE_CARBONS = { feature: CARBONS, element: el('enable', CARBONS) }
const INACTIVE = { feature: 'urn:xmpp:csi:0', element: el('inactive', 'urn:xmpp:csi:0') }
const USER_AGENT = { id: 'd4565fa7-4d72-4749-b3d3-740edbf87770', software: 'Parlour' }
const POLICY: InitiatorPolicy = {
  domain: 'im.example.com',
  account: JID.bare,
  lang: undefined,
  tls: 'required',
  resource: undefined,
  negotiationTimeout: 30_000,
  sasl2: {
    userAgent: USER_AGENT,
    bind: { tag: 'parlour', enable: { resume: true }, features: [ENABLE_CARBONS, INACTIVE] },
  },
}
const environment = { now: () => 0, setTimer: () => () => {}, randomBytes: (n: number) => new Uint8Array(n) }
const header = { namespace: 'jabber:client', from: 'im.example.com', id: 's', version: '1.0' }
const bind = (...vars: string[]) =>
  el(
    'bind',
    BIND2_NAMESPACE,
    {},
    el('inline', BIND2_NAMESPACE, {}, ...vars.map((name) => el('feature', BIND2_NAMESPACE, { var: name }))),
  )
const authentication = (...inline: Element[]) =>
  authenticationElement({ mechanisms: ['SCRAM-SHA-1', 'PLAIN'], inline, upgrades: [] })
const CLASSIC = mechanismsElement(['PLAIN'])
const ALL = authentication(bind(CARBONS, SM_NAMESPACE), SM_FEATURE)
const BIND = el('bind', BIND_NAMESPACE)
const features = (...children: Element[]) => el('features', STREAM_NAMESPACE, {}, ...children)
const octets = (...values: number[]) => Uint8Array.of(...values)

class Initiator {
  step: InitiatorStep

  constructor(policy: Partial<InitiatorPolicy>, ...offered: Element[]) {
    this.step = startInitiator({ ...POLICY, ...policy }, true)
    this.give({ type: 'header', header }).element(features(...offered))
  }

  give(input: InitiatorInput): this {
    this.step = stepInitiator(this.step.state, input, environment)
    return this
  }

  element(element: Element): this {
    return this.give({ type: 'element', element })
  }

  start(...inline: Element[]): this {
    return this.give({ type: 'sasl2-start', mechanism: 'SCRAM-SHA-1', initialResponse: octets(1), inline })
  }

  /** The server says so, and the mechanism believes it. */
  success(authorizationIdentifier: string, ...results: Element[]): this {
    this.element(success2Element({ additionalData: octets(9), authorizationIdentifier, results }))
    return this.give({ type: 'sasl2-verified' })
  }

  get sent(): string[] {
    return this.step.outputs.flatMap((output) => (output.type === 'send' ? [output.element.toString()] : []))
  }

  find<Type extends InitiatorStep['outputs'][number]['type']>(type: Type) {
    return this.step.outputs.find((output) => output.type === type) as
      | Extract<InitiatorStep['outputs'][number], { type: Type }>
      | undefined
  }
}

const bound = (...results: Element[]) => el('bound', BIND2_NAMESPACE, {}, ...results)
const resume = { previd: 'old', h: 7, jid: JID }

describe('what is asked for', () => {
  test('XEP-0388 §2.1: SASL2 is taken where it is offered inside TLS, otherwise the SASL of RFC 6120 §6', () => {
    expect(new Initiator({}, CLASSIC, ALL).find('begin-sasl2')).toMatchObject({
      offer: { mechanisms: ['SCRAM-SHA-1', 'PLAIN'] },
      inline: { resumption: true, tokens: [] },
    })
    for (const other of [new Initiator({ sasl2: undefined }, CLASSIC, ALL), new Initiator({}, CLASSIC)])
      expect(other.find('begin-authentication')?.mechanisms).toEqual(['PLAIN'])
    const plain = startInitiator({ ...POLICY, tls: 'optional' }, false)
    const opened = stepInitiator(plain.state, { type: 'header', header }, environment)
    const offered = stepInitiator(opened.state, { type: 'element', element: features(CLASSIC, ALL) }, environment)
    expect(offered.state.name).toBe('authenticating')
  })

  test('XEP-0388 §2.3, XEP-0386 §3.2: user agent, and of what is wanted along with binding what is offered', () => {
    expect(new Initiator({}, ALL).start().sent).toEqual([
      "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-1'><initial-response>AQ==</initial-response>" +
        `<user-agent id='${USER_AGENT.id}'><software>Parlour</software></user-agent>` +
        "<bind xmlns='urn:xmpp:bind:0'><tag>parlour</tag><enable xmlns='urn:xmpp:sm:3' resume='true'/>" +
        "<enable xmlns='urn:xmpp:carbons:2'/></bind></authenticate>",
    ])
  })

  test('XEP-0198 §9.2: resumption goes along with authentication, before binding', () => {
    const [sent = ''] = new Initiator({ resume }, ALL).start().sent
    expect(sent).toMatch(/<resume xmlns='urn:xmpp:sm:3' h='7' previd='old'\/><bind /)
    expect(new Initiator({ resume }, authentication(bind())).start().sent[0]).not.toContain('<resume')
  })

  test('XEP-0484 §3.2, §3.4: what the driver adds goes along', () => {
    const fast = el('fast', FAST_NAMESPACE)
    expect(new Initiator({}, ALL).start(fast).sent[0]).toContain("<fast xmlns='urn:xmpp:fast:0'/>")
  })
})

describe('how it ends', () => {
  test('XEP-0386 §3.2, XEP-0198 §9.1: bound and enabled with success; established with the features behind it, without a restart', () => {
    const results = [bound(enabled({ id: 'new', resume: true, max: 60 })), el('token', FAST_NAMESPACE)]
    const initiator = new Initiator({}, ALL).start().success(JID.toString(), ...results)
    expect(initiator.find('sasl2-results')?.results).toEqual(results)
    expect(initiator.element(features(BIND)).find('established')).toMatchObject({
      jid: JID,
      features: features(BIND),
      bound: { enabled: { id: 'new', resume: true, max: 60 }, features: [CARBONS] },
    })
  })

  test('XEP-0198 §9.2: a session that goes on is established with success; no features follow', () => {
    const results = [resumed({ previd: 'old', h: 5 })]
    const initiator = new Initiator({ resume }, ALL).start().success(JID.bare.toString(), ...results)
    expect(initiator.find('established')).toMatchObject({ jid: JID, resumption: { type: 'resumed', h: 5 } })
  })

  test('XEP-0198 §9.2: a session that is lost is told, and another one bound', () => {
    const results = [failed({ condition: 'item-not-found', h: 4 }), bound()]
    const initiator = new Initiator({ resume }, ALL)
      .start()
      .success(JID.toString(), ...results)
      .element(features())
    expect(initiator.find('established')).toMatchObject({
      resumption: { type: 'failed', failure: { condition: 'item-not-found', h: 4 } },
      bound: { enabled: undefined },
    })
  })

  test('XEP-0388 §2.6.1: without Bind 2 a resource is bound on the authenticated stream, or the session resumed there', () => {
    const after = (policy: Partial<InitiatorPolicy>) =>
      new Initiator(policy, authentication()).start().success(JID.bare.toString()).element(features(BIND, SM_FEATURE))
    expect(after({}).sent[0]).toContain(BIND_NAMESPACE)
    expect(after({ resume }).sent).toEqual(["<resume xmlns='urn:xmpp:sm:3' h='7' previd='old'/>"])
  })

  test('XEP-0388 §2.5: challenges go to the mechanism, its answers to the server', () => {
    const initiator = new Initiator({}, ALL).start().element(challenge2Element(octets(2)))
    expect(initiator.find('sasl2-challenge')?.data).toEqual(octets(2))
    expect(initiator.give({ type: 'sasl2-reply', data: octets(3) }).sent).toEqual([
      "<response xmlns='urn:xmpp:sasl:2'>Aw==</response>",
    ])
  })

  test('XEP-0388 §2.6.2: after a failure another attempt may be made on the same stream', () => {
    const initiator = new Initiator({}, ALL).start().element(failure2Element('credentials-expired', 'too old'))
    expect(initiator.find('sasl2-refused')).toMatchObject({ condition: 'credentials-expired', text: 'too old' })
    expect(initiator.start().sent.length).toBe(1)
    const given = initiator.element(failure2Element('not-authorized')).give({ type: 'sasl2-failure', cause: 'enough' })
    expect(given.find('failed')?.error).toMatchObject({ code: 'authentication-failed', cause: 'enough' })
  })

  test('XEP-0388 §2.6.3: tasks that nobody knows are refused', () => {
    const initiator = new Initiator({}, ALL).start().element(continueElement({ tasks: ['TOTP-EXAMPLE'], text: '2FA' }))
    expect(initiator.sent).toEqual(["<abort xmlns='urn:xmpp:sasl:2'/>"])
    expect(String(initiator.find('failed')?.error.cause)).toContain('TOTP-EXAMPLE')
  })

  test('RFC 5802 §5: a server that the mechanism does not trust is not believed', () => {
    const initiator = new Initiator({}, ALL).start()
    const success = success2Element({ authorizationIdentifier: JID.toString(), results: [bound()] })
    expect(initiator.element(success).find('verify-sasl2')).toEqual({ type: 'verify-sasl2', data: undefined })
    const failure = initiator.give({ type: 'sasl2-failure', cause: 'no proof' }).find('failed')
    expect(failure?.error).toMatchObject({ code: 'authentication-failed', cause: 'no proof' })
  })

  test.each(['juliet@im.example.com', '@', 'im.example.com/x'])('bound to %j, which is no full JID', (identifier) => {
    const initiator = new Initiator({}, ALL).start().success(identifier, bound())
    expect(initiator.find('failed')?.error.code).toBe('invalid-address')
  })

  test.each([
    ['a stanza during the exchange', el('message', 'jabber:client')],
    ['a success that names nobody', el('success', 'urn:xmpp:sasl:2')],
    ['an element that servers do not send', el('response', 'urn:xmpp:sasl:2')],
  ])('XEP-0388 §2.4: %s is unexpected', (_, element) => {
    expect(new Initiator({}, ALL).start().element(element).find('failed')?.error.code).toBe('unexpected-element')
  })
})

test('XEP-0484 §3.1, §3.3: mechanisms for tokens, and tokens, are read; what cannot be understood is passed over', () => {
  const mechanism = (name: string) => el('mechanism', FAST_NAMESPACE, {}, name)
  const fast = el('fast', FAST_NAMESPACE, {}, mechanism('HT-SHA-256-NONE'), mechanism('HT-MD5-NONE'))
  expect(readInlineOffer([fast])).toEqual({ resumption: false, binding: undefined, tokens: ['HT-SHA-256-NONE'] })
  const token = (attributes: Record<string, string>) => readIssuedToken([el('token', FAST_NAMESPACE, attributes)])
  expect(token({ token: 't', expiry: '2020-03-12T14:36:15Z' })).toEqual({ token: 't', expiry: 1_584_023_775_000 })
  expect(token({ token: 't', expiry: 'soon' })).toBeUndefined()
  expect(token({ expiry: '2020-03-12T14:36:15Z' })).toBeUndefined()
})

describe('XEP-0480 §2.2: tasks that were asked for', () => {
  const [ONE, OTHER] = ['UPGR-SCRAM-SHA-256', 'UPGR-SCRAM-SHA-512']
  const continuation = (...tasks: string[]) => continueElement({ additionalData: octets(9), tasks })
  const begin = () => new Initiator({}, ALL).start(upgradeRequestElement(ONE), upgradeRequestElement(OTHER))
  const verified = () => begin().element(continuation(ONE)).give({ type: 'sasl2-verified' })
  const salt = el('salt', 'urn:xmpp:scram-upgrade:0', { iterations: '4096' }, 'AAAA')

  test('"<continue/>": the server is judged first; then the task begins, its data go to the driver, its reply to the server', () => {
    const initiator = begin().element(continuation('TOTP', ONE))
    expect([initiator.sent, initiator.find('verify-sasl2')]).toEqual([[], { type: 'verify-sasl2', data: octets(9) }])
    initiator.give({ type: 'sasl2-verified' })
    expect(initiator.sent).toEqual([nextElement(ONE).toString()])
    initiator.element(taskDataElement(salt))
    expect(initiator.find('sasl2-task')).toEqual({ type: 'sasl2-task', task: ONE, content: [salt] })
    initiator.give({ type: 'sasl2-task-reply', content: [el('hash', 'urn:x')] })
    expect(initiator.sent).toEqual([taskDataElement(el('hash', 'urn:x')).toString()])
    const success = success2Element({ authorizationIdentifier: JID.toString(), results: [bound()] })
    expect(initiator.element(success).element(features()).find('established')).toMatchObject({ jid: JID })
  })

  test('several come one after another, each once', () => {
    const second = verified().element(continuation(ONE, OTHER))
    expect(second.sent).toEqual([nextElement(OTHER).toString()])
    expect(second.element(continuation(ONE, OTHER)).find('failed')?.error.code).toBe('authentication-failed')
  })

  test('a server that the mechanism does not believe gets nothing', () => {
    const initiator = begin().element(continuation(ONE)).give({ type: 'sasl2-failure', cause: 'no proof' })
    expect(initiator.sent).toEqual(["<abort xmlns='urn:xmpp:sasl:2'/>"])
    expect(initiator.find('failed')?.error.cause).toBe('no proof')
  })

  test.each([
    ['tasks that nobody asked for', () => begin().element(continuation('TOTP'))],
    [
      'a task that does not end',
      () =>
        verified()
          .element(taskDataElement(salt))
          .give({ type: 'sasl2-task-reply', content: [] })
          .element(taskDataElement(salt)),
    ],
    [
      'a task that the driver cannot do',
      () => verified().element(taskDataElement()).give({ type: 'sasl2-failure', cause: 'x' }),
    ],
    ['a task that fails', () => verified().element(failure2Element('malformed-request'))],
  ])('%s are the end', (_, run) => {
    expect(run().find('failed')?.error.code).toBe('authentication-failed')
  })

  test('stanzas and success out of turn are unexpected', () => {
    expect(verified().element(el('message', 'jabber:client')).find('failed')?.error.code).toBe('unexpected-element')
    const early = begin().element(continuation(ONE)).element(continuation(ONE))
    expect(early.find('failed')?.error.code).toBe('unexpected-element')
  })
})
