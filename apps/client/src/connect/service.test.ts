import { DnsResolver } from '@parlour/resolver-dns'
import { TestDnsServer, type TestRecords } from '@parlour/resolver-dns/testing'
import { expect, onTestFinished, test } from 'vitest'
import { findTargets, parseService } from './service.ts'

async function resolverOf(records: TestRecords) {
  const server = await TestDnsServer.start({ records })
  onTestFinished(() => server.close())
  return { server, resolver: new DnsResolver({ nameServers: [server.address] }) }
}

test.each([
  ['xmpp://example.org:5269', { host: 'example.org', port: 5269, tls: 'starttls' }],
  ['xmpp://example.org', { host: 'example.org', port: 5222, tls: 'starttls' }],
  ['xmpps://example.org', { host: 'example.org', port: 5223, tls: 'direct' }],
  ['XMPPS://example.org:443/', { host: 'example.org', port: 443, tls: 'direct' }],
  ['example.org:15222', { host: 'example.org', port: 15222, tls: 'starttls' }],
  ['localhost', { host: 'localhost', port: 5222, tls: 'starttls' }],
  ['127.0.0.1:1', { host: '127.0.0.1', port: 1, tls: 'starttls' }],
  ['[::1]:5222', { host: '::1', port: 5222, tls: 'starttls' }],
  ['xmpps://[2001:db8::7]', { host: '2001:db8::7', port: 5223, tls: 'direct' }],
] as const)('a service: %s', (text, target) => {
  expect(parseService(text)).toEqual(target)
})

test.each(['', 'http://example.org', 'example.org:0', 'example.org:65536', 'example.org:x', 'a b', 'xmpp://', '::1'])(
  'no service: "%s"',
  (text) => {
    expect(() => parseService(text)).toThrow(RangeError)
  },
)

test('RFC 6120 §3.2.1, XEP-0368 §3: the records of both kinds are one list, ordered by RFC 2782', async () => {
  const { resolver } = await resolverOf({
    '_xmpps-client._tcp.example.org': [{ type: 'SRV', priority: 5, port: 443, target: 'a.example.org' }],
    '_xmpp-client._tcp.example.org': [
      { type: 'SRV', priority: 10, port: 5222, target: 'c.example.org' },
      { type: 'SRV', priority: 7, port: 5222, target: 'b.example.org' },
    ],
  })
  expect(await findTargets('example.org', { resolver })).toEqual([
    { host: 'a.example.org', port: 443, tls: 'direct' },
    { host: 'b.example.org', port: 5222, tls: 'starttls' },
    { host: 'c.example.org', port: 5222, tls: 'starttls' },
  ])
})

test('RFC 6120 §3.2.2: without records the domain itself, port 5222', async () => {
  const { resolver } = await resolverOf({ 'example.org': [{ type: 'A', address: '127.0.0.1' }] })
  expect(await findTargets('example.org', { resolver })).toEqual([{ host: 'example.org', port: 5222, tls: 'starttls' }])
})

test('a service given is not looked up', async () => {
  const { server, resolver } = await resolverOf({})
  expect(await findTargets('example.org', { resolver, service: 'xmpps://other.example' })).toEqual([
    { host: 'other.example', port: 5223, tls: 'direct' },
  ])
  expect(server.questions).toEqual([])
})

test('RFC 6120 §3.2.1: a lone "." means that there is no such service', async () => {
  const { resolver } = await resolverOf({ '_xmpp-client._tcp.example.org': [{ type: 'SRV', port: 0, target: '.' }] })
  await expect(findTargets('example.org', { resolver })).rejects.toMatchObject({
    code: 'resolution-failed',
    cause: { code: 'not-offered' },
  })
})

test('a domain that does not exist', async () => {
  const { resolver } = await resolverOf({})
  await expect(findTargets('nowhere.example', { resolver })).rejects.toMatchObject({
    name: 'ClientError',
    code: 'resolution-failed',
    message: expect.stringContaining('there is no domain named nowhere.example'),
  })
})

test('a signal ends the looking up', async () => {
  const { server, resolver } = await resolverOf({})
  server.behaviour.set('*', { silent: true })
  const controller = new AbortController()
  const found = findTargets('example.org', { resolver, signal: controller.signal })
  await server.received(1)
  controller.abort(new Error('enough'))
  await expect(found).rejects.toThrow('enough')
})
