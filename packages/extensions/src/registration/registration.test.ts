import { acceptClientStream } from '@parlour/server-core'
import { ScriptedPeer } from '@parlour/testing'
import { createMemoryPair } from '@parlour/transport'
import { type Element, parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { condition, exists, get, open, Stranger, set } from './registration.fixture.ts'
import {
  credentialsElement,
  readRegistrationAction,
  readRegistrationFields,
  registrationFieldsElement,
  registrationRequest,
  removalElement,
} from './wire.ts'

describe('XEP-0077: the wire', () => {
  test('§3.1: fields go there and back', () => {
    const fields = { instructions: 'Choose.', fields: ['username', 'password'] }
    expect(readRegistrationFields(registrationFieldsElement(fields))).toEqual(fields)
    expect(readRegistrationFields(registrationFieldsElement({ ...fields, registered: 'bill' }))).toEqual({
      ...fields,
      registered: 'bill',
    })
    expect(readRegistrationFields(registrationRequest())).toEqual({ instructions: '', fields: [] })
  })

  test('what a set asks for', () => {
    expect(readRegistrationAction(credentialsElement('bill', 'Calliope'))).toEqual({
      type: 'submit',
      username: 'bill',
      password: 'Calliope',
    })
    expect(readRegistrationAction(removalElement())).toEqual({ type: 'remove' })
    expect(readRegistrationAction(parseXml("<query xmlns='jabber:iq:register'><remove/><username/></query>"))).toEqual({
      type: 'ambiguous',
    })
  })
})

describe('who may register', () => {
  test('§3.1: "If the host does not support In-Band Registration, it MUST return a <service-unavailable/> error": off by default', async () => {
    const stranger = new Stranger(await open())
    expect(condition(await stranger.request(get))).toBe('service-unavailable')
    expect(condition(await stranger.request(set(credentialsElement('bill', 'Calliope1'))))).toBe('service-unavailable')
  })

  test('on localhost it is on, unless the configuration says no', async () => {
    expect(condition(await new Stranger(await open({}, 'localhost')).request(get))).toBeUndefined()
    expect(condition(await new Stranger(await open({ enabled: false }, 'localhost')).request(get))).toBe(
      'service-unavailable',
    )
  })

  test('§3.1: "the host MUST inform the entity of the required registration fields"', async () => {
    const stranger = new Stranger(await open({ enabled: true }))
    const answer = await stranger.request(get)
    expect(readRegistrationFields(answer.elements()[0] ?? answer).fields).toEqual(['username', 'password'])
  })

  test('§3.1: registers', async () => {
    const scene = await open({ enabled: true })
    const stranger = new Stranger(scene)
    const answer = await stranger.request(set(credentialsElement('Bill', 'Calliope1')))
    expect(answer.attributes).toMatchObject({ type: 'result', id: '1' })
    expect(await exists(scene, 'bill')).toBe(true)
  })

  test('§3.1: a username conflict is <conflict/>, whatever its case', async () => {
    const scene = await open({ enabled: true })
    await new Stranger(scene).request(set(credentialsElement('bill', 'Calliope1')))
    const answer = await new Stranger(scene).request(set(credentialsElement('BILL', 'm1cro$oft')))
    expect(condition(answer)).toBe('conflict')
    expect(answer.toString()).not.toContain('m1cro$oft')
  })

  test.each([
    ['<username>bill</username>'],
    ['<username>bill</username><password/>'],
    ['<password>Calliope1</password>'],
    [''],
  ])(
    '§3.1: without all of the information "the server or service MUST return a <not-acceptable/> error": %s',
    async (content) => {
      const scene = await open({ enabled: true })
      expect(condition(await new Stranger(scene).request(set(content)))).toBe('not-acceptable')
      expect(await exists(scene, 'bill')).toBe(false)
    },
  )

  test.each(['a b', 'a@b', 'a/b', '"a"', '<a', '\u2654'.repeat(2), 'x'.repeat(65), 'admin', 'PostMaster'])(
    'a username that is none, too long or reserved is refused: %s',
    async (username) => {
      const scene = await open({ enabled: true })
      expect(condition(await new Stranger(scene).request(set(credentialsElement(username, 'Calliope1'))))).toBe(
        'not-acceptable',
      )
    },
  )

  test('a password that is too short is refused', async () => {
    const scene = await open({ enabled: true })
    expect(condition(await new Stranger(scene).request(set(credentialsElement('bill', 'short'))))).toBe(
      'not-acceptable',
    )
  })

  test('§12: "SHOULD NOT be used unless the channel … has been secured"', async () => {
    const scene = await open({ enabled: true })
    const stranger = new Stranger(scene, { secure: false })
    expect(condition(await stranger.request(get))).toBe('not-authorized')
    expect(condition(await stranger.request(set(credentialsElement('bill', 'Calliope1'))))).toBe('not-authorized')
    expect(await exists(scene, 'bill')).toBe(false)
  })

  test('§3.1.1: "not-acceptable … if an entity attempts to register a second identity"', async () => {
    const scene = await open({ enabled: true })
    const stranger = new Stranger(scene)
    await stranger.request(set(credentialsElement('bill', 'Calliope1')))
    expect(condition(await stranger.request(set(credentialsElement('will', 'Calliope1'))))).toBe('not-acceptable')
    expect(await exists(scene, 'will')).toBe(false)
  })

  test('attempts are bounded for each address', async () => {
    const scene = await open({ enabled: true, maxPerAddress: 2, perSeconds: 60 })
    const register = async (local: string, address: string) =>
      condition(await new Stranger(scene, { address }).request(set(credentialsElement(local, 'Calliope1'))))
    expect(await register('a1', '2001:db8::1')).toBeUndefined()
    expect(await register('a1', '2001:db8::2')).toBe('conflict')
    expect(await register('a2', '2001:db8::3')).toBe('resource-constraint')
    expect(await register('a2', '2001:db8:0:1::1')).toBeUndefined()
    scene.environment.advance(61_000)
    expect(await register('a3', '2001:db8::3')).toBeUndefined()
  })

  test('§3.2, §3.3: <unexpected-request/> where no account is signed in', async () => {
    const stranger = new Stranger(await open({ enabled: true }))
    expect(condition(await stranger.request(set(removalElement())))).toBe('unexpected-request')
  })

  test('§8: the stream feature, on encrypted streams; then registration, on a real stream', async ({ signal }) => {
    const scene = await open({ enabled: true })
    const [client, server] = createMemoryPair()
    acceptClientStream(server, {}, scene.kernel)
    const peer = new ScriptedPeer(client, { signal })
    const header =
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='example.com'>"
    peer.send(header)
    await peer.expectUntil('</stream:features>')
    expect(peer.heard).not.toContain('iq-register')
    peer.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    await peer.expectUntil('<proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>')
    await peer.startTls()
    peer.send(header)
    await peer.expectUntil('<register xmlns="http://jabber.org/features/iq-register"/>')
    await peer.expectUntil('</stream:features>')
    peer.send(`<iq type='set' id='r' to='example.com'>${credentialsElement('bill', 'Calliope1')}</iq>`)
    await peer.expect('<iq type="result" id="r" from="example.com"/>')
    expect(await exists(scene, 'bill')).toBe(true)
  })

  test('RFC 6120 §4.9.3.12: where registration is off, another request before authentication ends the stream', async ({
    signal,
  }) => {
    const [client, server] = createMemoryPair()
    acceptClientStream(server, { tlsRequired: false }, (await open()).kernel)
    const peer = new ScriptedPeer(client, { signal })
    peer.send(
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='example.com'>",
    )
    await peer.expectUntil('</stream:features>')
    peer.send("<iq type='get' id='1' to='example.com'><ping xmlns='urn:xmpp:ping'/></iq>")
    await peer.expectUntil('<not-authorized xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>')
    await peer.expectUntil('</stream:stream>')
    peer.send('</stream:stream>')
    await peer.expectClosed()
  })
})

describe('XEP-0077 §9: "MUST support both old-style and new-style error handling"', () => {
  const coded = (answer: Element) => [answer.child('error')?.attribute('code'), condition(answer)]

  test('of who registers', async () => {
    const register = (username: string, password: string) => set(credentialsElement(username, password))
    expect(coded(await new Stranger(await open()).request(get))).toEqual(['503', 'service-unavailable'])
    const scene = await open({ enabled: true, maxPerAddress: 2 })
    await new Stranger(scene).request(register('bill', 'Calliope1'))
    const stranger = new Stranger(scene)
    expect(coded(await stranger.request(register('bill', '')))).toEqual(['406', 'not-acceptable'])
    expect(coded(await stranger.request(register('bill', 'Calliope1')))).toEqual(['409', 'conflict'])
    expect(coded(await stranger.request(set(removalElement())))).toEqual(['400', 'unexpected-request'])
    expect(coded(await stranger.request(register('romeo', 'Calliope1')))).toEqual(['500', 'resource-constraint'])
    const plain = new Stranger(scene, { secure: false })
    expect(coded(await plain.request(get))).toEqual(['401', 'not-authorized'])
  })

  test('of who is signed in', async () => {
    const scene = await open({ removal: false })
    const client = await scene.connect('juliet@example.com/globe')
    const ask = (query: string) => client.request(`<iq type='set' id='1' to='example.com'>${query}</iq>`)
    expect(coded(await ask(String(removalElement())))).toEqual(['405', 'not-allowed'])
    const ambiguous = "<query xmlns='jabber:iq:register'><remove/><username/></query>"
    expect(coded(await ask(ambiguous))).toEqual(['400', 'bad-request'])
  })
})
