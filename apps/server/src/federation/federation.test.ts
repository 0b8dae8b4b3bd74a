import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@parlour/client'
import { TestDnsServer } from '@parlour/resolver-dns/testing'
import { message } from '@parlour/stanza'
import { createTestAuthority } from '@parlour/testing/certificates'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestServer, type Server } from '../index.ts'

const authority = await createTestAuthority()
const folder = mkdtempSync(join(tmpdir(), 'parlour-federation-'))
const authorityFile = join(folder, 'authority.pem')
writeFileSync(authorityFile, authority.pem)
let dns: TestDnsServer

beforeAll(async () => {
  dns = await TestDnsServer.start({ records: { localhost: [{ type: 'A', address: '127.0.0.1' }] } })
})

afterAll(async () => {
  await dns.close()
  rmSync(folder, { recursive: true })
})

type Security = 'verified' | 'encrypted' | 'dialback'

/** A server of a domain, which others find through DNS. */
async function serve(domain: string, security: Security = 'verified', issuer = authority): Promise<Server> {
  const { certificate, key } = await issuer.issue({ domains: [domain] })
  const [certificateFile, keyFile] = [join(folder, `${domain}.pem`), join(folder, `${domain}.key`)]
  writeFileSync(certificateFile, certificate)
  writeFileSync(keyFile, key)
  const server = await createTestServer({
    domain,
    certificates: [{ certificate: certificateFile, key: keyFile }],
    federation: { enabled: true, security, authorities: [authorityFile], nameServers: [dns.address] },
  })
  const port = server.servers?.starttls?.address.port ?? 0
  dns.records.set(`_xmpp-server._tcp.${domain}`, [{ type: 'SRV', port, target: 'localhost' }])
  await server.addAccount(`user@${domain}`, 'secret')
  return server
}

function signIn(server: Server, issuer = authority) {
  const [domain = ''] = server.configuration.domains
  const port = server.listeners.starttls?.address.port ?? 0
  const service = `xmpp://127.0.0.1:${port}`
  return connect({ jid: `user@${domain}`, password: 'secret', service, ca: issuer.pem })
}

test.each(['verified', 'dialback'] as const)(
  'two servers exchange messages; identity rests on %s',
  async (security) => {
    await using one = await serve(`one-${security}.example`, security)
    await using other = await serve(`other-${security}.example`, security)
    await using alice = await signIn(one)
    await using bob = await signIn(other)
    const received = bob.messages()[Symbol.asyncIterator]()
    await alice.send(message({ to: bob.jid, type: 'chat', body: 'across' }))
    const { value } = await received.next()
    expect(value).toMatchObject({ body: 'across' })
    expect(value?.from?.toString()).toBe(alice.jid.toString())
    const answers = alice.messages()[Symbol.asyncIterator]()
    await bob.send(message({ to: alice.jid, type: 'chat', body: 'and back' }))
    expect((await answers.next()).value).toMatchObject({ body: 'and back' })
    const [link] = one.kernel.federation?.links() ?? []
    expect(link).toMatchObject({
      state: 'established',
      authentication: security === 'verified' ? 'external' : 'dialback',
    })
  },
)

test('a certificate of another authority: the sender learns why, and nothing arrives', async () => {
  const stranger = await createTestAuthority()
  await using one = await serve('one-strange.example')
  await using other = await serve('other-strange.example', 'verified', stranger)
  await using alice = await signIn(one)
  const answers = alice.messages()[Symbol.asyncIterator]()
  await alice.send(message({ to: 'user@other-strange.example', type: 'chat', body: 'across' }))
  const { value } = await answers.next()
  expect(value?.type).toBe('error')
  expect(value?.element.toString()).toMatch(/remote-server-(not-found|timeout)/)
  expect(value?.element.toString()).toMatch(/certificate/)
  expect(other.kernel.federation?.links()).toEqual([])
})
