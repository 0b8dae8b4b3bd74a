import { parseJid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { BIND_NAMESPACE, SESSION_NAMESPACE } from './namespaces.ts'
import { bind, binding, hostOf, JULIET, Receiver, secured } from './receiver.fixture.ts'

const registration = (attributes: Record<string, string> = {}) =>
  el('iq', 'jabber:client', { type: 'get', id: 'r1', ...attributes }, el('query', 'jabber:iq:register'))

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
