import { createSocket } from 'node:dgram'
import { encode } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { nameServer, setting, srv } from '../test/name-server.ts'
import { DnsResolver } from './index.ts'

const X = { 'x.example': [{ type: 'A', address: '192.0.2.1' }] } as const
const turns = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

describe('several name servers', () => {
  test('one that is silent is given up after the time limit, and the next is asked; afterwards that one is first', async () => {
    const second = await nameServer(X)
    const first = await nameServer(X)
    first.behaviour.set('*', { silent: true })
    const { resolver, environment } = await setting({}, { nameServers: [first.address, second.address] })
    const found = resolver.query('x.example', 'A')
    await first.received(1)
    environment.advance(1_999)
    await turns()
    expect(second.questions).toHaveLength(0)
    environment.advance(1)
    expect(await found).toMatchObject({ outcome: 'answered', nameServer: second.address })
    await resolver.query('y.example', 'A')
    expect(first.questions).toHaveLength(1)
    expect(environment.pendingTimers).toBe(0)
  })

  test('one that answers with an error is passed over at once', async () => {
    const second = await nameServer(X)
    const first = await nameServer(X)
    first.behaviour.set('*', { rcode: 'SERVFAIL' })
    const { resolver } = await setting({}, { nameServers: [first.address, second.address] })
    expect(await resolver.query('x.example', 'A')).toMatchObject({ nameServer: second.address })
  })

  test('one that refers to others instead of answering is passed over', async () => {
    const second = await nameServer(X)
    const first = await nameServer(X)
    first.behaviour.set('*', { referral: true })
    const { resolver } = await setting({}, { nameServers: [first.address, second.address] })
    expect(await resolver.query('x.example', 'A')).toMatchObject({ nameServer: second.address })
  })

  test('nobody answers: each is asked twice, then timeout, and the message says whom', async () => {
    const { server, environment } = await setting(X)
    const other = await nameServer(X)
    for (const each of [server, other]) each.behaviour.set('*', { silent: true })
    const both = new DnsResolver({ nameServers: [server.address, other.address], environment, hostsFile: false })
    const found = both.query('x.example', 'A')
    for (const [each, count] of [
      [server, 1],
      [other, 1],
      [server, 2],
      [other, 2],
    ] as const) {
      await each.received(count)
      environment.advance(2_000)
    }
    const { outcome, error } = await found
    expect(outcome).toBe('failed')
    expect(error).toMatchObject({ name: 'ResolveError', code: 'timeout' })
    expect(error?.message).toBe(
      `no answer to A of x.example: ${server.address} did not answer within 2000 ms; ${other.address} did not answer within 2000 ms`,
    )
  })

  test('a silent one and one with an error: failed', async () => {
    const { server, environment } = await setting(X)
    const other = await nameServer(X)
    server.behaviour.set('*', { silent: true })
    other.behaviour.set('*', { rcode: 'REFUSED' })
    const resolver = new DnsResolver({ nameServers: [server.address, other.address], attempts: 1, environment })
    const found = resolver.query('x.example', 'A')
    await server.received(1)
    environment.advance(2_000)
    expect((await found).error).toMatchObject({
      code: 'failed',
      message: expect.stringContaining(`${other.address} answered REFUSED`),
    })
  })

  test('locate tells timeout, SERVFAIL and NXDOMAIN apart', async () => {
    const { resolver, server, environment } = await setting({}, { attempts: 1 })
    await expect(resolver.locate('a.example', 'server')).rejects.toMatchObject({ code: 'not-found' })
    server.behaviour.set('*', { rcode: 'SERVFAIL' })
    await expect(resolver.locate('b.example', 'server')).rejects.toMatchObject({ code: 'failed' })
    server.behaviour.set('*', { silent: true })
    const { length } = server.questions
    const found = resolver.locate('c.example', 'server').catch((error: unknown) => error)
    await server.received(length + 2)
    environment.advance(2_000)
    await server.received(length + 4)
    environment.advance(2_000)
    expect(await found).toMatchObject({ code: 'timeout' })
    expect((await found) as { lookups: unknown[] }).toHaveProperty('lookups.length', 4)
  })

  test('nobody listens there: failed', async () => {
    const { server, resolver } = await setting(X)
    await server.close()
    expect((await resolver.query('x.example', 'A')).error).toMatchObject({
      code: 'failed',
      message: expect.stringContaining('could not be asked'),
    })
  })

  test('no name server at all: failed', async () => {
    const { error } = await new DnsResolver({ nameServers: [] }).query('x.example', 'A')
    expect(error).toMatchObject({ code: 'failed', message: expect.stringContaining('knows no name server') })
  })

  test.each(['192.0.2.53', '127.0.0.1:5353', '2001:db8::53', '[2001:db8::53]', '[2001:db8::53]:53'])(
    '%s is a name server',
    (text) => {
      expect(() => new DnsResolver({ nameServers: [text] })).not.toThrow()
    },
  )

  test.each(['', 'ns.example.org', '127.0.0.1:0', '127.0.0.1:65536', '1.2.3', '[::1', '::1]:53'])(
    '"%s" is none',
    (text) => {
      expect(() => new DnsResolver({ nameServers: [text] })).toThrow(RangeError)
    },
  )
})

describe('RFC 7766 §5: TCP', () => {
  test('a truncated answer is asked for again over TCP', async () => {
    const { resolver, server } = await setting(X)
    server.behaviour.set('*', { truncate: true })
    expect(await resolver.query('x.example', 'A')).toMatchObject({ outcome: 'answered' })
    expect(server.questions.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
  })

  test('an answer that comes in many pieces: 200 records', async () => {
    const records = Array.from({ length: 200 }, (_, index) => srv(`host-${index}.example.org`, 5269, index))
    const { resolver, server } = await setting({ '_xmpp-server._tcp.example.org': records })
    server.behaviour.set('_xmpp-server._tcp.example.org', { truncate: true })
    const { targets } = await resolver.locate('example.org', 'server')
    expect(targets.map(({ host }) => host)).toEqual(records.map(({ target }) => target))
  })
})

describe('RFC 5452: forged answers', () => {
  test.each(['id', 'question'] as const)(
    '§9.1: an answer with another %s is passed over; the right one counts',
    async (forged) => {
      const { resolver, server } = await setting(X)
      server.behaviour.set('*', { forged })
      const { records } = await resolver.query('x.example', 'A')
      expect(records).toEqual([{ name: 'x.example', type: 'A', ttl: 300, address: '192.0.2.1' }])
    },
  )

  test.each(['id', 'question'] as const)(
    'only a forged answer, with another %s: as if there were none',
    async (forged) => {
      const { resolver, server, environment } = await setting(X, { attempts: 1 })
      server.behaviour.set('*', { forged, forgedOnly: true })
      const found = resolver.query('x.example', 'A')
      await server.received(1)
      await turns()
      environment.advance(2_000)
      expect((await found).error).toMatchObject({ code: 'timeout' })
    },
  )

  test('octets that are no message: failed', async () => {
    const { resolver, server } = await setting(X)
    server.behaviour.set('*', { forged: 'garbage', forgedOnly: true })
    expect((await resolver.query('x.example', 'A')).error).toMatchObject({
      code: 'failed',
      message: expect.stringContaining('cannot be read'),
    })
  })

  test('§9.1: an answer from another port, although with the right id and question, is not taken', async () => {
    const { resolver, server, environment } = await setting(X)
    server.behaviour.set('*', { silent: true })
    const found = resolver.query('x.example', 'A')
    await server.received(1)
    const [{ id, port } = { id: 0, port: 0 }] = server.questions
    const forged = encode({
      type: 'response',
      id,
      questions: [{ name: 'x.example', type: 'A' }],
      answers: [{ name: 'x.example', type: 'A', ttl: 300, data: '203.0.113.66' }],
    })
    const attacker = createSocket('udp4')
    await new Promise((resolve) => attacker.send(forged, port, '127.0.0.1', resolve))
    await turns()
    server.behaviour.clear()
    environment.advance(2_000)
    expect((await found).records).toMatchObject([{ address: '192.0.2.1' }])
    attacker.close()
  })

  test('§9.2: ids and ports are unpredictable', async () => {
    const { server } = await setting()
    const resolver = new DnsResolver({ nameServers: [server.address] })
    await Promise.all(Array.from({ length: 40 }, (_, index) => resolver.query(`x${index}.example`, 'A')))
    expect(new Set(server.questions.map(({ id }) => id)).size).toBeGreaterThan(35)
    expect(new Set(server.questions.map(({ port }) => port)).size).toBeGreaterThan(20)
    const steps = server.questions.slice(1).map(({ port }, index) => port - (server.questions[index]?.port ?? 0))
    expect(new Set(steps).size).toBeGreaterThan(20)
  })

  test('§6: records that do not lead to what was asked for are not taken over', async () => {
    const { resolver, server } = await setting(X)
    server.behaviour.set('x.example', { unrelated: { 'bank.example': [{ type: 'A', address: '203.0.113.66' }] } })
    expect((await resolver.query('x.example', 'A')).records).toMatchObject([{ address: '192.0.2.1' }])
    expect(await resolver.query('bank.example', 'A')).toMatchObject({ outcome: 'no-name', cached: false })
  })

  test('RFC 4343 §3: names are compared without regard to case', async () => {
    const { resolver } = await setting(X)
    expect(await resolver.query('X.EXAMPLE.', 'A')).toMatchObject({
      question: { name: 'x.example' },
      outcome: 'answered',
    })
  })
})

describe('RFC 6891 §7: name servers without EDNS', () => {
  test.each(['FORMERR', 'NOTIMP'] as const)('after %s the question is asked without it', async (rcode) => {
    const { resolver, server } = await setting(X)
    server.behaviour.set('*', { rcode, onlyExtended: true })
    expect(await resolver.query('x.example', 'A')).toMatchObject({ outcome: 'answered' })
    expect(server.questions).toHaveLength(2)
  })
})
