import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { TestDnsServer, type TestRecords } from './index.ts'

/** Asked by the resolver of the platform, which knows nothing of this package. */
async function platform(records: TestRecords, host = '127.0.0.1') {
  const server = await TestDnsServer.start({ records, host })
  onTestFinished(() => server.close())
  const resolver = new Resolver({ timeout: 2_000, tries: 1 })
  resolver.setServers([server.address])
  return { server, resolver }
}

test('the resolver of the platform understands it', async () => {
  const { resolver } = await platform({
    'x.example': [
      { type: 'A', address: '192.0.2.1', ttl: 77 },
      { type: 'AAAA', address: '2001:db8::1' },
      { type: 'TXT', strings: ['one', 'two'] },
    ],
    'alias.example': [{ type: 'CNAME', target: 'x.example' }],
    '_xmpp-server._tcp.example': [{ type: 'SRV', priority: 1, weight: 2, port: 3, target: 'x.example' }],
  })
  expect(await resolver.resolve4('X.example', { ttl: true })).toEqual([{ address: '192.0.2.1', ttl: 77 }])
  expect(await resolver.resolve6('alias.example')).toEqual(['2001:db8::1'])
  expect(await resolver.resolveTxt('x.example')).toEqual([['one', 'two']])
  expect(await resolver.resolveSrv('_xmpp-server._tcp.example')).toMatchObject([
    { priority: 1, weight: 2, port: 3, name: 'x.example' },
  ])
})

test('errors, and names that exist without such records', async () => {
  const { resolver, server } = await platform({ 'a.x.example': [{ type: 'A', address: '192.0.2.1' }] })
  await expect(resolver.resolve4('y.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  await expect(resolver.resolve6('a.x.example')).rejects.toMatchObject({ code: 'ENODATA' })
  await expect(resolver.resolve4('x.example')).rejects.toMatchObject({ code: 'ENODATA' })
  server.behaviour.set('s.example', { rcode: 'SERVFAIL' })
  await expect(resolver.resolve4('s.example')).rejects.toMatchObject({ code: 'ESERVFAIL' })
})

test('the table can be changed while it runs; a truncated answer is given over TCP; a slow one comes', async () => {
  const { resolver, server } = await platform({})
  await expect(resolver.resolve4('x.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  server.records.set('x.example', [{ type: 'A', address: '192.0.2.1' }])
  server.behaviour.set('x.example', { truncate: true, delayMs: 1 })
  expect(await resolver.resolve4('x.example')).toEqual(['192.0.2.1'])
  expect(server.questions.map(({ transport }) => transport)).toEqual(['udp', 'udp', 'tcp'])
})

test('over IPv6', async () => {
  const { resolver, server } = await platform({ 'x.example': [{ type: 'A', address: '192.0.2.1' }] }, '::1')
  expect(server.address).toMatch(/^\[::1\]:\d+$/)
  expect(await resolver.resolve4('x.example')).toEqual(['192.0.2.1'])
})

test('octets that are no question are passed over', async () => {
  const { resolver, server } = await platform({ 'x.example': [{ type: 'A', address: '192.0.2.1' }] })
  const port = Number(server.address.split(':').at(-1))
  const datagrams = createSocket('udp4')
  await new Promise((resolve) => datagrams.send(Uint8Array.of(1, 2, 3), port, '127.0.0.1', resolve))
  datagrams.close()
  const connection = connect(port, '127.0.0.1', () => connection.end(Uint8Array.of(0, 3, 1, 2, 3)))
  await once(connection.resume(), 'close')
  expect(await resolver.resolve4('x.example')).toEqual(['192.0.2.1'])
})

test('a port is not taken twice; closing twice does no harm', async () => {
  const { server } = await platform({})
  const port = Number(server.address.split(':').at(-1))
  await expect(TestDnsServer.start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await server.close()
})
