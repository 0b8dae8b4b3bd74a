import { describe, expect, test } from 'vitest'
import { asked, nameServer, setting, srv } from '../test/name-server.ts'
import { DnsResolver, recordsOf } from './index.ts'
import { TestDnsServer } from './testing/index.ts'

const A = (address: string, ttl: number) => ({ type: 'A', address, ttl }) as const
const turns = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

describe('RFC 1035 §3.2.1: TTL', () => {
  test('an answer is kept for the least TTL of its records, then asked for again', async () => {
    const { resolver, server, environment } = await setting({
      'x.example': [{ type: 'CNAME', target: 'y.example', ttl: 60 }],
      'y.example': [A('192.0.2.1', 300)],
    })
    expect(await resolver.query('x.example', 'A')).toMatchObject({ cached: false, ttl: 60 })
    environment.advance(20_000)
    expect(await resolver.query('x.example', 'A')).toMatchObject({ cached: true, ttl: 40, outcome: 'answered' })
    server.records.set('y.example', [A('192.0.2.2', 300)])
    environment.advance(39_999)
    expect(await resolver.query('x.example', 'A')).toMatchObject({ cached: true, ttl: 1 })
    environment.advance(1)
    const again = await resolver.query('x.example', 'A')
    expect(again.cached).toBe(false)
    expect(recordsOf(again, 'A')).toMatchObject([{ address: '192.0.2.2', ttl: 300 }])
  })

  test('TTLs are brought between the bounds; RFC 2181 §8: one with the most significant bit set is zero', async () => {
    const { resolver } = await setting({
      'short.example': [A('192.0.2.1', 0)],
      'long.example': [A('192.0.2.1', 0x7fffffff)],
      'odd.example': [A('192.0.2.1', 0x80000000)],
    })
    const ttls = ['short', 'long', 'odd'].map(async (name) => (await resolver.query(`${name}.example`, 'A')).ttl)
    expect(await Promise.all(ttls)).toEqual([5, 86_400, 5])
  })

  test('a cached locate asks nothing, and draws the order anew', async () => {
    const records = [srv('a.example', 1, 0, 1), srv('b.example', 2, 0, 1)]
    const { resolver, server } = await setting({ '_xmpp-server._tcp.example.org': records })
    const firsts = new Set<number | undefined>()
    for (let call = 0; call < 50; call++) firsts.add((await resolver.locate('example.org', 'server')).targets[0]?.port)
    expect(firsts).toEqual(new Set([1, 2]))
    expect(server.questions).toHaveLength(2)
  })
})

describe('RFC 2308: negative answers', () => {
  test.each([
    ['no-name', {}, 60, 30, 30],
    ['no-records', { 'x.example': [{ type: 'TXT', strings: [''] }] }, 20, 600, 20],
    ['no-name', {}, 86_400, 86_400, 300],
    ['no-name', {}, 0, 0, 5],
  ] as const)(
    '§5: %s is kept for "the minimum of the MINIMUM field of the SOA record and the TTL of the SOA itself", within bounds',
    async (outcome, records, minimum, soaTtl, kept) => {
      await using server = await TestDnsServer.start({ records, negativeTtl: { minimum, soaTtl } })
      const { environment } = await setting()
      const resolver = new DnsResolver({ nameServers: [server.address], environment })
      expect(await resolver.query('x.example', 'A')).toMatchObject({ outcome, ttl: kept, cached: false, records: [] })
      environment.advance(kept * 1000 - 1)
      expect(await resolver.query('x.example', 'A')).toMatchObject({ outcome, cached: true })
      environment.advance(1)
      expect(await resolver.query('x.example', 'A')).toMatchObject({ outcome, cached: false })
    },
  )

  test('§5: "Negative responses without SOA records SHOULD NOT be cached"', async () => {
    const { resolver, server } = await setting()
    server.behaviour.set('*', { withoutSoa: true })
    expect(await resolver.query('x.example', 'A')).toMatchObject({ outcome: 'no-name', ttl: 0 })
    expect(await resolver.query('x.example', 'A')).toMatchObject({ cached: false })
    expect(server.questions).toHaveLength(2)
  })

  test('RFC 9520 §3.2: a failure is kept too, for a short time', async () => {
    const { resolver, server, environment } = await setting({ 'x.example': [A('192.0.2.1', 300)] })
    server.behaviour.set('*', { rcode: 'SERVFAIL' })
    expect(await resolver.query('x.example', 'A')).toMatchObject({ outcome: 'failed', cached: false, ttl: 5 })
    server.behaviour.clear()
    expect(await resolver.query('x.example', 'A')).toMatchObject({ outcome: 'failed', cached: true })
    expect(server.questions).toHaveLength(1)
    environment.advance(5_000)
    expect(await resolver.query('x.example', 'A')).toMatchObject({ outcome: 'answered' })
  })
})

describe('bounds', () => {
  test('beyond the size of the cache, what was not used for longest goes', async () => {
    const names = ['a', 'b', 'c'].map((name) => `${name}.example`)
    const { resolver, server } = await setting(Object.fromEntries(names.map((name) => [name, [A('192.0.2.1', 300)]])), {
      cacheSize: 2,
    })
    await resolver.query('a.example', 'A')
    await resolver.query('b.example', 'A')
    await resolver.query('a.example', 'A')
    await resolver.query('c.example', 'A')
    expect(await resolver.query('a.example', 'A')).toMatchObject({ cached: true })
    expect(await resolver.query('b.example', 'A')).toMatchObject({ cached: false })
    expect(asked(server)).toEqual(['A a.example', 'A b.example', 'A b.example', 'A c.example'])
  })

  test('a cache of size 0 keeps nothing', async () => {
    const { resolver } = await setting({ 'x.example': [A('192.0.2.1', 300)] }, { cacheSize: 0 })
    await resolver.query('x.example', 'A')
    expect(await resolver.query('x.example', 'A')).toMatchObject({ cached: false })
  })

  test('no more questions are under way than allowed; others wait for their turn', async () => {
    const { resolver, server } = await setting({}, { maximumQuestions: 2 })
    server.behaviour.set('a.example', { silent: true })
    server.behaviour.set('b.example', { silent: true })
    const controller = new AbortController()
    const first = ['a.example', 'b.example'].map((name) => resolver.query(name, 'A', controller.signal))
    const third = resolver.query('c.example', 'A')
    await server.received(2)
    await turns()
    expect(asked(server)).toEqual(['A a.example', 'A b.example'])
    controller.abort()
    await Promise.allSettled(first)
    expect(await third).toMatchObject({ outcome: 'no-name' })
  })
})

describe('the same question at the same time', () => {
  test('is asked once', async () => {
    const { resolver, server } = await setting({ '_xmpp-server._tcp.example.org': [srv('x.example', 5269)] })
    const all = await Promise.all(Array.from({ length: 20 }, () => resolver.locate('example.org', 'server')))
    expect(all.every(({ targets }) => targets[0]?.host === 'x.example')).toBe(true)
    expect(server.questions).toHaveLength(2)
  })

  test('one that gives up does not take the others along; when all have, the question is given up', async () => {
    const { resolver, server, environment } = await setting({ 'x.example': [A('192.0.2.1', 300)] })
    server.behaviour.set('*', { silent: true })
    const [one, two] = [new AbortController(), new AbortController()]
    const first = resolver.query('x.example', 'A', one.signal)
    const second = resolver.query('x.example', 'A', two.signal)
    await server.received(1)
    one.abort(new Error('enough'))
    await expect(first).rejects.toMatchObject({ name: 'ResolveError', code: 'aborted', cause: { message: 'enough' } })
    expect(environment.pendingTimers).toBe(2) // of the answer, and of the turn
    server.behaviour.clear()
    environment.advance(2_000)
    expect(await second).toMatchObject({ outcome: 'answered' })

    resolver.clear()
    server.behaviour.set('*', { silent: true })
    const third = resolver.query('x.example', 'A', two.signal)
    await server.received(3)
    two.abort()
    await expect(third).rejects.toMatchObject({ code: 'aborted' })
    await turns()
    expect(environment.pendingTimers).toBe(0)
    await expect(resolver.query('x.example', 'A', two.signal)).rejects.toMatchObject({ code: 'aborted' })
    await expect(resolver.locate('example.org', 'server', two.signal)).rejects.toMatchObject({ code: 'aborted' })
  })
})

test('query tells text and TLSA records as they are; nothing of an answer can command a terminal', async () => {
  const association = Uint8Array.of(1, 2, 250)
  const server = await nameServer({
    '_5269._tcp.x.example': [{ type: 'TLSA', usage: 3, selector: 1, matchingType: 1, association }],
    'x.example': [{ type: 'TXT', strings: ['v=1', 'zwei'] }],
    '_xmpp-server._tcp.x.example': [srv('evil\u001b[2J.example', 1)],
  })
  const resolver = new DnsResolver({ nameServers: [server.address] })
  const { records } = await resolver.query('_5269._tcp.x.example', 'TLSA')
  expect(records).toMatchObject([{ usage: 3, selector: 1, matchingType: 1, association }])
  expect(recordsOf(await resolver.query('x.example', 'TXT'), 'TXT')).toMatchObject([{ strings: ['v=1', 'zwei'] }])
  const [record] = recordsOf(await resolver.query('_xmpp-server._tcp.x.example', 'SRV'), 'SRV')
  expect(record?.target).toBe('evil\\027[2j.example')
})
