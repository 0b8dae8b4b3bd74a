import { createPrivateKey, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSelfSigned, createTestAuthority } from './index.ts'

const DAY = 86_400_000

test('an authority, one below it, and a certificate: signed by each other, in PEM from the leaf on up', async () => {
  const root = await createTestAuthority({ commonName: 'Root' })
  const below = await root.intermediate({ pathLength: 0 })
  const made = await below.issue({ domains: ['example.org'] })
  const [leaf, intermediate, ...more] = made.certificate.match(/-----BEGIN[\s\S]*?-----END.*\n/g)?.map(read) ?? []
  expect(more).toEqual([])
  expect(intermediate?.raw).toEqual(read(below.pem).raw)
  expect(leaf?.raw).toEqual(Buffer.from(made.der))
  expect(leaf?.checkIssued(read(below.pem)) && leaf.verify(read(below.pem).publicKey)).toBe(true)
  expect(intermediate?.checkIssued(read(root.pem)) && intermediate.verify(read(root.pem).publicKey)).toBe(true)
  expect([leaf?.ca, intermediate?.ca, leaf?.checkPrivateKey(createPrivateKey(made.key))]).toEqual([false, true, true])
})

test('the names that XMPP has in certificates (RFC 6120 §13.7.1.2, §13.7.1.4, RFC 4985)', async () => {
  const authority = await createTestAuthority()
  const { certificate } = await authority.issue({
    domains: ['example.org', '*.example.org'],
    addresses: ['192.0.2.1'],
    xmppAddresses: ['juliet@example.org'],
    srvNames: ['_xmpp-server.example.org'],
  })
  expect(read(certificate).subjectAltName).toBe(
    'DNS:example.org, DNS:*.example.org, IP Address:192.0.2.1, othername:XmppAddr:juliet@example.org, othername:SRVName:_xmpp-server.example.org',
  )
})

test('purposes and times are what was asked for', async () => {
  const authority = await createTestAuthority()
  const usual = read((await authority.issue({ domains: ['a.example'] })).certificate)
  expect(usual.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(usual.validFromDate.getTime()).toBeLessThan(Date.now())
  expect(usual.validToDate.getTime()).toBeGreaterThan(Date.now())
  const odd = await authority.issue({ domains: ['a.example'], purposes: [], notAfter: new Date(Date.now() - DAY) })
  expect(read(odd.certificate).keyUsage).toBeUndefined()
  expect(read(odd.certificate).validToDate.getTime()).toBeLessThan(Date.now())
})

test('without its intermediate certificates, and signed by itself', async () => {
  const below = await (await createTestAuthority()).intermediate()
  const lonely = await below.issue({ domains: ['a.example'], withIntermediates: false })
  expect(lonely.chain).toEqual([lonely.der])
  const own = read((await createSelfSigned({ domains: ['a.example'] })).certificate)
  expect(own.verify(own.publicKey)).toBe(true)
})

function read(pem: string): X509Certificate {
  return new X509Certificate(pem)
}
