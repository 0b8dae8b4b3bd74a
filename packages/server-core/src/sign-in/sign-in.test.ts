import { readAuthenticationOffer, SASL2_NAMESPACE } from '@parlour/sasl'
import { SM_NAMESPACE } from '@parlour/stream-management'
import { type Element, el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { defineServerModule } from '../module.ts'
import { BIND2_NAMESPACE } from './bind2.ts'
import { bind2, JULIET, PHONE, Server, tag } from './sign-in.fixture.ts'

const offerOf = (features: readonly Element[]) => {
  const element = features.find((feature) => feature.is('authentication', SASL2_NAMESPACE))
  return element && readAuthenticationOffer(element)
}
const boundOf = (results: readonly Element[]) => results.find((element) => element.is('bound', BIND2_NAMESPACE))

describe('what is offered', () => {
  test('XEP-0388 §2.1: mechanisms, and what can be negotiated with them', async () => {
    const server = await Server.open()
    const offer = offerOf(await (await server.connect()).features())
    expect(offer?.mechanisms).toEqual(['SCRAM-SHA-256', 'PLAIN'])
    expect(offer?.inline.map((element) => `${element.name} ${element.namespace}`)).toEqual([
      'sm urn:xmpp:sm:3',
      'bind urn:xmpp:bind:0',
      'fast urn:xmpp:fast:0',
    ])
    expect(offer?.upgrades).toEqual([])
  })

  test('XEP-0388 §3: never without TLS', async () => {
    const features = await (await (await Server.open()).connect(false)).features()
    expect(features.map((feature) => feature.name)).not.toContain('authentication')
    expect(features.map((feature) => feature.name)).toContain('mechanisms')
  })

  test('XEP-0484 §3.1: <fast/> names the mechanisms that are allowed; none of them is among the others', async () => {
    const server = await Server.open({ authentication: { tokenMechanisms: ['HT-SHA-256-NONE'] } })
    const offer = offerOf(await (await server.connect()).features())
    const fast = offer?.inline.find((element) => element.name === 'fast')
    expect(fast?.elements().map((element) => element.text())).toEqual(['HT-SHA-256-NONE'])
    const without = await Server.open({ authentication: { tokenMechanisms: [] } })
    expect(offerOf(await (await without.connect()).features())?.inline.map(({ name }) => name)).toEqual(['sm', 'bind'])
  })
})

describe('signing in', () => {
  test('XEP-0388 §2.6.1: success with the bare JID, then the features, among them resource binding', async () => {
    const visitor = await (await Server.open()).connect()
    const { identifier, names } = await visitor.signIn()
    expect(identifier).toBe('juliet@example.com')
    expect(names).toEqual(['success', 'features'])
    const [result] = await visitor.say(
      el('iq', 'jabber:client', { type: 'set', id: 'b' }, el('bind', 'urn:ietf:params:xml:ns:xmpp-bind')),
    )
    expect(result).toMatchObject({ name: 'iq', attributes: { type: 'result' } })
  })

  test('XEP-0388 §2.6.2: a wrong password is a failure, which counts and is logged like others', async () => {
    const server = await Server.open()
    const { failure } = await (await server.connect()).signIn({}, 'wrong')
    expect(failure).toBe('not-authorized')
    expect(server.kernel.counters.failedSignIns).toBe(1)
  })

  test('RFC 6120 §6.5.2: a disabled account is told so', async () => {
    const server = await Server.open()
    await server.kernel.accounts.setDisabled(JULIET, true)
    expect((await (await server.connect()).signIn()).failure).toBe('account-disabled')
  })
})

describe('Bind 2 (XEP-0386)', () => {
  test('§3.2: the resource is bound with the authentication, and the stream established', async () => {
    const server = await Server.open()
    const visitor = await server.connect()
    const { identifier, names, results } = await visitor.signIn({ inline: [bind2(tag('AwesomeXMPP'))] })
    expect(identifier).toMatch(/^juliet@example\.com\/AwesomeXMPP\/[A-Za-z0-9_-]{12}$/)
    expect(names).toEqual(['success', 'features'])
    expect(boundOf(results)).toBeDefined()
    expect(server.kernel.directory.sessions('juliet@example.com')).toHaveLength(1)
    const [answer] = await visitor.say(
      el('iq', 'jabber:client', { type: 'get', id: 'x' }, el('query', 'jabber:iq:roster')),
    )
    expect(answer).toMatchObject({ name: 'iq', attributes: { id: 'x' } })
  })

  test('§3.2.1: the same tag and user agent get the same resource, which does not show the id', async () => {
    const server = await Server.open()
    const resources = []
    for (const userAgent of [PHONE, PHONE, { ...PHONE, id: '00000000-4d72-4749-b3d3-740edbf87770' }]) {
      const { identifier } = await (await server.connect()).signIn({ userAgent, inline: [bind2(tag('A'))] })
      resources.push(identifier)
    }
    expect(resources[0]).toBe(resources[1])
    expect(resources[2]).not.toBe(resources[0])
    expect(resources[0]).not.toContain('d4565fa7')
  })

  test.each([
    ['none', [], /^juliet@example\.com\/[A-Za-z0-9_-]{12}$/],
    ['one that no address can have', [tag('\u202e')], /^juliet@example\.com\/[A-Za-z0-9_-]{12}$/],
    ['one that is long', [tag('x'.repeat(500))], /^juliet@example\.com\/x{64}\/[A-Za-z0-9_-]{12}$/],
    [
      'one that is long, of large characters',
      [tag(`x${'🙂'.repeat(99)}`)],
      /^juliet@example\.com\/x🙂{31}\/[A-Za-z0-9_-]{12}$/u,
    ],
  ])('§3.2.1: with %s as the tag', async (_, tags, expected) => {
    const { identifier } = await (await (await Server.open()).connect()).signIn({ inline: [bind2(...tags)] })
    expect(identifier).toMatch(expected)
  })

  test('§3.2: an earlier session of the same client ends', async () => {
    const server = await Server.open()
    const first = await server.connect()
    await first.signIn({ userAgent: PHONE, inline: [bind2(tag('A'))] })
    await (await server.connect()).signIn({ userAgent: PHONE, inline: [bind2(tag('B'))] })
    expect((await first.hear()).map((item) => (typeof item === 'string' ? item : item.name))).toContain('error')
    expect(server.kernel.directory.sessions('juliet@example.com')).toHaveLength(1)
  })

  test('§3.2: features are had with the resource, before anything else reaches the session', async () => {
    const asked: (string | undefined)[] = []
    const module = defineServerModule({
      name: 'extra',
      setup: (host) => [
        host.bindFeature({
          namespace: 'urn:extra',
          bound: (session, request) => {
            asked.push(request?.name)
            if (request) session.send(el('message', 'jabber:client', { id: 'early' }))
            return request && el('extra', 'urn:extra')
          },
        }),
        host.bindFeature({ namespace: 'urn:always', isListed: false, bound: async () => el('always', 'urn:always') }),
      ],
    })
    const server = await Server.open({ modules: [module as never] })
    const visitor = await server.connect()
    const { names, results } = await visitor.signIn({ inline: [bind2(el('enable', 'urn:extra'))] })
    expect(
      boundOf(results)
        ?.elements()
        .map(({ name }) => name),
    ).toEqual(['extra', 'always'])
    expect(names).toEqual(['success', 'features', 'message'])
    const other = await server.connect()
    const bind = offerOf(await other.features())?.inline.find((element) => element.name === 'bind')
    const vars = bind
      ?.child('inline')
      ?.elements()
      .map((feature) => feature.attribute('var'))
    expect(vars).toEqual(['urn:xmpp:sm:3', 'urn:extra'])
    expect(asked).toEqual(['enable'])
  })

  test('§1: what is asked for is had before what is told in any case, whichever module comes first', async () => {
    const order: string[] = []
    const feature = (namespace: string) => ({
      namespace,
      bound: async () => {
        order.push(namespace)
        return undefined
      },
    })
    const names = ['urn:state', 'urn:copies', 'urn:more', 'urn:other-state']
    const module = defineServerModule({
      name: 'extra',
      setup: (host) => names.map((name) => host.bindFeature(feature(name))),
    })
    const server = await Server.open({ modules: [module as never] })
    await (await server.connect()).signIn({ inline: [bind2(el('enable', 'urn:more'), el('enable', 'urn:copies'))] })
    expect(order).toEqual(['urn:copies', 'urn:more', 'urn:state', 'urn:other-state'])
  })

  test('a resource that cannot be bound leaves the client authenticated, to try RFC 6120 §7', async () => {
    const server = await Server.open()
    for (let n = 0; n < 5; n++) await (await server.connect()).signIn({ inline: [bind2()] })
    const { identifier, results, names } = await (await server.connect()).signIn({ inline: [bind2()] })
    expect(identifier).toBe('juliet@example.com')
    expect(results).toEqual([])
    expect(names).toEqual(['success', 'features'])
  })
})

describe('stream management inline (XEP-0198 §9)', () => {
  const enable = el('enable', SM_NAMESPACE, { resume: 'true' })

  test('§9.1: <enable/> is answered in <bound/>, and stanzas are counted from the first on', async () => {
    const server = await Server.open()
    const visitor = await server.connect()
    const { results, features } = await visitor.signIn({ inline: [bind2(enable)] })
    const enabled = boundOf(results)?.child('enabled', SM_NAMESPACE)
    expect(enabled?.attribute('id')).toBeDefined()
    // A client that sees it there enables it a second time, which ends its stream.
    expect(features).not.toContain('sm')
    const seen = await visitor.say(
      el('message', 'jabber:client', { to: 'juliet@example.com', id: 'm' }),
      el('r', SM_NAMESPACE),
    )
    expect(seen.filter((item): item is Element => typeof item === 'object' && item.name === 'a')).toMatchObject([
      { attributes: { h: '1' } },
    ])
  })

  async function resumable(server: Server) {
    const visitor = await server.connect()
    const { results, identifier } = await visitor.signIn({ userAgent: PHONE, inline: [bind2(tag('A'), enable)] })
    const previd = boundOf(results)?.child('enabled', SM_NAMESPACE)?.attribute('id') ?? ''
    visitor.connection.destroy()
    await visitor.hear()
    return { previd, identifier }
  }

  test('§9.2: the session goes on with the authentication; bind is ignored and no features are sent', async () => {
    const server = await Server.open()
    const { previd, identifier } = await resumable(server)
    const resume = el('resume', SM_NAMESPACE, { previd, h: '0' })
    const visitor = await server.connect()
    const arrival = await visitor.signIn({ userAgent: PHONE, inline: [resume, bind2(tag('B'))] })
    expect(arrival.identifier).toBe(identifier)
    expect(arrival.results.map(({ name }) => name)).toEqual(['resumed'])
    expect(arrival.names[0]).toBe('success')
    expect(arrival.names).not.toContain('features')
    expect(server.kernel.directory.sessions('juliet@example.com')).toHaveLength(1)
  })

  test('§9.2.1: where it cannot go on, <failed/> comes with the new session', async () => {
    const server = await Server.open()
    const resume = el('resume', SM_NAMESPACE, { previd: 'unknown', h: '0' })
    const arrival = await (await server.connect()).signIn({ inline: [resume, bind2(tag('B'), enable)] })
    expect(arrival.results.map(({ name }) => name)).toEqual(['failed', 'bound'])
    expect(arrival.identifier).toContain('/B/')
    expect(arrival.names).toEqual(['success', 'features'])
  })

  test('what was sent meanwhile comes after success', async () => {
    const server = await Server.open()
    const { previd, identifier } = await resumable(server)
    const sender = await server.connect()
    await sender.signIn({ inline: [bind2()] })
    await sender.say(
      el('message', 'jabber:client', { to: identifier, id: 'm1' }, el('body', 'jabber:client', {}, 'hi')),
    )
    const resume = el('resume', SM_NAMESPACE, { previd, h: '0' })
    const arrival = await (await server.connect()).signIn({ userAgent: PHONE, inline: [resume] })
    expect(arrival.names.slice(0, 2)).toEqual(['success', 'message'])
  })

  test("§6: an h that is too high ends the stream, which is the client's fault; the session waits on", async () => {
    const server = await Server.open()
    const { previd, identifier } = await resumable(server)
    const resume = (h: string) => el('resume', SM_NAMESPACE, { previd, h })
    const arrival = await (await server.connect()).signIn({ userAgent: PHONE, inline: [resume('7'), bind2()] })
    expect(arrival.names.slice(0, 2)).toEqual(['error', '</>'])
    expect(server.log.errors).toEqual([])
    const again = await (await server.connect()).signIn({ userAgent: PHONE, inline: [resume('0')] })
    expect([again.identifier, again.results.map(({ name }) => name)]).toEqual([identifier, ['resumed']])
  })
})
