import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestDnsServer, type TestRecord } from '@parlour/resolver-dns/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestServer } from '../index.ts'
import { run } from './terminal.fixture.ts'

let dns: TestDnsServer
let folder: string
beforeEach(async () => {
  dns = await TestDnsServer.start()
  folder = mkdtempSync(join(tmpdir(), 'parlour-dns-'))
})
afterEach(async () => {
  await dns.close()
  rmSync(folder, { recursive: true })
})

const configure = (configuration: object): void =>
  writeFileSync(
    join(folder, 'parlour.config.json'),
    JSON.stringify({ domains: ['example.org'], federation: { nameServers: [dns.address] }, ...configuration }),
  )
const check = (line = '') => run(folder, `check dns ${line}`)
const srv = (port: number, target = 'xmpp.example.org'): TestRecord => ({ type: 'SRV', weight: 5, port, target })
const publish = (records: Record<string, readonly TestRecord[]>): void => {
  for (const [name, each] of Object.entries(records)) dns.records.set(name, each)
}
const ALL = {
  '_xmpp-client._tcp.example.org': [srv(5222)],
  '_xmpps-client._tcp.example.org': [srv(5223)],
  '_xmpp-server._tcp.example.org': [srv(5269)],
  '_xmpps-server._tcp.example.org': [srv(5270)],
  'xmpp.example.org': [{ type: 'A', address: '192.0.2.7' }] as const,
}

test('nothing is there: the exact records, each missing; exit code 1', async () => {
  configure({})
  const { code, output } = await check('--host xmpp.example.org')
  expect(code).toBe(1)
  expect(output).toContain(`_xmpp-client._tcp.example.org.  3600 IN SRV 0 5 5222 xmpp.example.org.
_xmpps-client._tcp.example.org. 3600 IN SRV 0 5 5223 xmpp.example.org.
_xmpp-server._tcp.example.org.  3600 IN SRV 0 5 5269 xmpp.example.org.
_xmpps-server._tcp.example.org. 3600 IN SRV 0 5 5270 xmpp.example.org.
xmpp.example.org.               3600 IN A <address of this server>
`)
  expect(output.match(/^✗ /gm)).toHaveLength(5)
  expect(output).toContain('5 records of 5 are not as they should be.')
})

test('everything is there: exit code 0; the host is taken from the records', async () => {
  configure({})
  publish(ALL)
  const { code, output } = await check()
  expect(output).toMatch(/^✓ _xmpp-server\._tcp +0 5 5269 xmpp\.example\.org\.$/m)
  expect(output).toMatch(/^✓ xmpp\.example\.org +A 192\.0\.2\.7$/m)
  expect([code, output]).toEqual([0, expect.stringContaining('Everything is there.')])
  expect(output.split('\n').filter((line) => line.length > 80)).toEqual([])
})

test.each<[string, Record<string, readonly TestRecord[]>, RegExp]>([
  [
    'a port on which nobody listens',
    { '_xmpp-server._tcp.example.org': [srv(5299)] },
    /! _xmpp-server\._tcp 0 5 5299 xmpp\.example\.org\. nobody listens on port 5299 here: it should be 5269/,
  ],
  [
    'RFC 2782: target "."',
    { '_xmpp-server._tcp.example.org': [srv(0, '.')] },
    /! _xmpp-server\._tcp 0 5 0 \. target "\." says that there is no such service/,
  ],
  [
    'RFC 2782: a target that is an alias',
    {
      'xmpp.example.org': [{ type: 'CNAME', target: 'real.example.org' }],
      'real.example.org': [{ type: 'A', address: '192.0.2.8' }],
    },
    /! xmpp\.example\.org CNAME real\.example\.org\.; A 192\.0\.2\.8 is an alias/,
  ],
  ['a target that does not resolve', { 'xmpp.example.org': [] }, /✗ xmpp\.example\.org missing/],
  ['one that is missing', { '_xmpps-client._tcp.example.org': [] }, /✗ _xmpps-client\._tcp missing/],
])('%s', async (_, changes, says) => {
  configure({})
  publish({ ...ALL, ...changes })
  const { code, output } = await check()
  expect([code, output.replaceAll(/\s+/g, ' ')]).toEqual([1, expect.stringMatching(says)])
})

test('name servers that fail: not known, and why', async () => {
  configure({})
  dns.behaviour.set('*', { rcode: 'SERVFAIL' })
  const { code, output } = await check()
  expect([code, output]).toEqual([1, expect.stringMatching(/^\? _xmpp-server\._tcp +not known\n.*\n.*SERVFAIL/m)])
})

test('ports that are not listened on need no record, and should have none', async () => {
  configure({ listen: { directTls: false, serverDirectTls: false, starttls: 15222 } })
  publish({ ...ALL, '_xmpps-server._tcp.example.org': [], '_xmpp-client._tcp.example.org': [srv(15222)] })
  const { code, output } = await check()
  expect(code).toBe(1)
  expect(output).not.toContain('xmpps-server')
  expect(output).toMatch(
    /^! _xmpps-client\._tcp .*\n +nobody listens for that here: remove the record, or see\n +listen\.directTls$/m,
  )
  expect(output).toMatch(/^✓ _xmpp-client\._tcp +0 5 15222/m)
})

test('components need records for servers; a name of another script is asked for as DNS has it', async () => {
  configure({ domains: ['bücher.example'], components: [{ domain: 'irc.bücher.example', secret: 'x' }] })
  const { output } = await check('irc.bücher.example')
  expect(output).toMatch(/^irc\.xn--bcher-kva\.example \(component\)$/m)
  expect(output).toContain('_xmpp-server._tcp.irc.xn--bcher-kva.example. 3600 IN SRV')
  expect(output).not.toContain('client')
})

test('--json: one object a domain', async () => {
  configure({ domains: ['example.org', 'example.net'] })
  publish(ALL)
  const { code, output } = await check('--json')
  const [one, other] = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(code).toBe(1)
  expect(one).toMatchObject({ domain: 'example.org', works: true, nameServers: [dns.address] })
  expect(other.records[0]).toMatchObject({ name: '_xmpp-client._tcp.example.net', state: 'missing', found: [] })
})

test('a running server tells the ports that it really has', async () => {
  const data = join(folder, 'data')
  configure({ listen: { server: 0 }, dataFolder: data })
  expect((await check()).output).toMatch(/^\? _xmpp-server\._tcp +not known\n +the port is another.*listen\.server$/m)
  await using server = await createTestServer({
    ...{ domain: 'example.org', storage: 'sqlite', dataFolder: data },
    federation: { nameServers: [dns.address] },
  })
  const port = server.servers?.starttls?.address.port ?? 0
  expect((await check()).output).toContain(`IN SRV 0 5 ${port} example.org.`)
})

test('localhost needs none; a domain that is not served is refused', async () => {
  configure({ domains: ['localhost'] })
  expect(await check()).toEqual({ code: 0, output: '', errors: expect.stringContaining('needs no records') })
  expect(await check('example.com')).toMatchObject({ code: 2, errors: expect.stringContaining('is not served here') })
})
