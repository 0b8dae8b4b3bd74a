import { FakeEnvironment } from '@parlour/testing'
import { onTestFinished } from 'vitest'
import { DnsResolver, type DnsResolverOptions } from '../src/index.ts'
import { TestDnsServer, type TestRecords } from '../src/testing/index.ts'

/** A name server of the test, closed after it. */
export async function nameServer(records: TestRecords = {}): Promise<TestDnsServer> {
  const server = await TestDnsServer.start({ records })
  onTestFinished(() => server.close())
  return server
}

/** A resolver that asks that server, and whose clock stands still. */
export async function setting(records: TestRecords = {}, options: DnsResolverOptions = {}) {
  const server = await nameServer(records)
  const environment = new FakeEnvironment()
  const resolver = new DnsResolver({ nameServers: [server.address], hostsFile: false, environment, ...options })
  return { server, environment, resolver }
}

/** An SRV record. */
export function srv(target: string, port: number, priority = 0, weight = 0) {
  return { type: 'SRV', target, port, priority, weight } as const
}

/** What was asked, in any order: `SRV _xmpp-server._tcp.example.org`. */
export function asked(server: TestDnsServer): string[] {
  return server.questions.map(({ type, name }) => `${type} ${name}`).sort()
}
