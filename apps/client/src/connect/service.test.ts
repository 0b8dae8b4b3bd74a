import type { ServiceRecord } from '@parlour/routing'
import { expect, test } from 'vitest'
import { findTargets, parseService, type ResolveService } from './service.ts'

const record = (priority: number, weight: number, port: number, target: string): ServiceRecord => ({
  priority,
  weight,
  port,
  target,
})
const failing = (code: string) => Object.assign(new Error(`querySrv ${code}`), { code })

/** A name server that knows these; for others there are no records. */
function zone(records: Readonly<Record<string, readonly ServiceRecord[] | Error>>): ResolveService {
  return async (name) => {
    const answer = records[name] ?? failing('ENODATA')
    if (answer instanceof Error) throw answer
    return [...answer]
  }
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

test('RFC 6120 §3.2.1, XEP-0368 §2: the records of both kinds are one list, ordered by RFC 2782', async () => {
  const resolve = zone({
    '_xmpps-client._tcp.example.org': [record(5, 1, 443, 'a.example.org'), record(20, 1, 5223, 'd.example.org')],
    '_xmpp-client._tcp.example.org': [record(10, 1, 5222, 'c.example.org'), record(5, 0, 5222, 'b.example.org')],
  })
  expect(await findTargets('example.org', { resolve, random: () => 0.99 })).toEqual([
    { host: 'a.example.org', port: 443, tls: 'direct' },
    { host: 'b.example.org', port: 5222, tls: 'starttls' },
    { host: 'c.example.org', port: 5222, tls: 'starttls' },
    { host: 'd.example.org', port: 5223, tls: 'direct' },
  ])
})

test('RFC 6120 §3.2.2: without records the domain itself, port 5222', async () => {
  const fallback = [{ host: 'example.org', port: 5222, tls: 'starttls' }]
  expect(await findTargets('example.org', { resolve: zone({}) })).toEqual(fallback)
  const broken = zone({
    '_xmpps-client._tcp.example.org': failing('ESERVFAIL'),
    '_xmpp-client._tcp.example.org': failing('ETIMEOUT'),
  })
  expect(await findTargets('example.org', { resolve: broken })).toEqual(fallback)
})

test('the failure of one lookup does not hide the answer of the other', async () => {
  const resolve = zone({
    '_xmpps-client._tcp.example.org': failing('ESERVFAIL'),
    '_xmpp-client._tcp.example.org': [record(1, 1, 5222, 'x.example.org')],
  })
  expect(await findTargets('example.org', { resolve })).toEqual([
    { host: 'x.example.org', port: 5222, tls: 'starttls' },
  ])
})

test('RFC 6120 §3.2.1: a lone "." means that there is no such service', async () => {
  const resolve = zone({ '_xmpp-client._tcp.example.org': [record(0, 0, 0, '.')] })
  await expect(findTargets('example.org', { resolve })).rejects.toMatchObject({ code: 'resolution-failed' })
})

test('an internationalized domain is looked up in its ASCII form', async () => {
  const asked: string[] = []
  const resolve: ResolveService = async (name) => {
    asked.push(name)
    return []
  }
  expect(await findTargets('bücher.example', { resolve })).toEqual([
    { host: 'xn--bcher-kva.example', port: 5222, tls: 'starttls' },
  ])
  expect(asked).toEqual(['_xmpps-client._tcp.xn--bcher-kva.example', '_xmpp-client._tcp.xn--bcher-kva.example'])
})

test.each([
  ['localhost', 'localhost'],
  ['a.localhost', 'a.localhost'],
  ['127.0.0.1', '127.0.0.1'],
  ['[::1]', '::1'],
])('RFC 6761 §6.3: no name server is asked about %s', async (domain, host) => {
  const resolve: ResolveService = () => Promise.reject(new Error('was asked'))
  expect(await findTargets(domain, { resolve })).toEqual([{ host, port: 5222, tls: 'starttls' }])
})

test('a signal ends the looking up', async () => {
  const controller = new AbortController()
  const resolve: ResolveService = async () => {
    controller.abort(new Error('enough'))
    throw failing('ECANCELLED')
  }
  await expect(findTargets('example.org', { resolve, signal: controller.signal })).rejects.toThrow('enough')
})
