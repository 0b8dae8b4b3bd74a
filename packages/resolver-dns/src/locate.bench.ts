import { Resolver } from 'node:dns/promises'
import { test } from 'vitest'
import { DnsResolver } from './index.ts'
import { TestDnsServer } from './testing/index.ts'

/** What each stanza to another domain may cost once the answers are kept, beside asking on the same machine. */
test('locate', async ({ bench }) => {
  await using server = await TestDnsServer.start({
    records: {
      '_xmpps-server._tcp.example.org': [{ type: 'SRV', port: 5270, target: 'a.example.org' }],
      '_xmpp-server._tcp.example.org': [{ type: 'SRV', port: 5269, target: 'a.example.org' }],
    },
  })
  const nameServers = [server.address]
  const keeping = new DnsResolver({ nameServers })
  const asking = new DnsResolver({ nameServers, cacheSize: 0 })
  const platform = new Resolver()
  platform.setServers(nameServers)
  await keeping.locate('example.org', 'server')
  await bench.compare(
    bench('locate, kept', async () => {
      await keeping.locate('example.org', 'server')
    }),
    bench('locate, two questions over UDP', async () => {
      await asking.locate('example.org', 'server')
    }),
    bench('the same two questions with node:dns', async () => {
      await Promise.all([
        platform.resolveSrv('_xmpps-server._tcp.example.org'),
        platform.resolveSrv('_xmpp-server._tcp.example.org'),
      ])
    }),
  )
  server.questions.length = 0
})
