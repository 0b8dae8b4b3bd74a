import { connect as connectTls, createServer } from 'node:tls'
import { createTestAuthority } from '@parlour/testing/certificates'
import { certificateNames, certificateVerdict } from '@parlour/tls-negotiation'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authority, FOR_A, federate, listen, receiving, store, verdictOn } from './federation.fixture.ts'
import { CertificateStore, connectTcp } from './index.ts'

test.each(['direct', 'starttls'] as const)('%s: both servers verify each other', async (tls) => {
  const own = await authority.issue({ domains: ['connecting.example'] })
  const { connecting, accepting } = await federate(own, { listen: { tls }, connect: { tls } })
  if (tls === 'starttls') await Promise.all([accepting.startTls(), connecting.startTls()])
  const [ours, theirs] = [connecting.security, accepting.security]
  expect([await ours?.verifyPeerChain(), await theirs?.verifyPeerChain()]).toEqual([undefined, undefined])
  expect(theirs?.peerCertificateChain().map(Buffer.from)).toEqual(own.chain.map(Buffer.from))
  expect(ours?.peerCertificateChain().map(Buffer.from)).toEqual(receiving.chain.map(Buffer.from))
  expect([ours?.alpn, theirs?.alpn]).toEqual(tls === 'direct' ? ['xmpp-server', 'xmpp-server'] : [undefined, undefined])
})

describe('accepted from a connecting server', () => {
  test.each([
    ['serverAuth only, as of public authorities', ['serverAuth']],
    ['clientAuth only', ['clientAuth']],
    ['both', ['serverAuth', 'clientAuth']],
    ['no extendedKeyUsage', []],
  ] as const)('%s', async (_, purposes) => {
    expect(await verdictOn(await authority.issue({ domains: ['a.example'], purposes }))).toBeUndefined()
  })
  test.each(['ecdsa-p384', 'ed25519', 'rsa-2048', 'rsa-pss'] as const)('a key of %s', async (algorithm) => {
    expect(await verdictOn(await authority.issue({ domains: ['a.example'], algorithm }))).toBeUndefined()
  })
})

test('chain and names together: for its own domain only (RFC 6120 §13.7.2.1)', async () => {
  const presented = await authority.issue({ domains: ['a.example'], srvNames: ['_xmpp-server.b.example'] })
  const { security } = (await federate(presented)).accepting
  const names = certificateNames(security?.peerCertificate() ?? new Uint8Array())
  const fault = await security?.verifyPeerChain()
  expect(certificateVerdict(fault, names, 'a.example')).toEqual({ verified: true })
  expect(certificateVerdict(fault, names, 'b.example')).toEqual({ verified: true })
  expect(certificateVerdict(fault, names, 'c.example')).toEqual({
    verified: false,
    reason: 'the certificate is for a.example, _xmpp-server.b.example, not for c.example',
  })
})

test('the certificate presented is that of presentFor', async () => {
  const [a, b] = await Promise.all([authority.issue(FOR_A), authority.issue({ domains: ['b.example'] })])
  const certificates = new CertificateStore([a, b])
  for (const [presentFor, expected] of [
    ['b.example', b],
    ['a.example', a],
    [undefined, a],
  ] as const) {
    const { accepting } = await federate(undefined, { connect: { certificates, ...(presentFor && { presentFor }) } })
    expect(Buffer.from(accepting.security?.peerCertificate() ?? [])).toEqual(Buffer.from(expected.der))
  }
})

test('without verifyLater the handshake itself verifies, by all authorities, and a certificate is presented', async () => {
  const own = await authority.issue(FOR_A)
  const { accepting } = await federate(own, { connect: { verifyLater: false } })
  expect(accepting.security?.peerCertificate()).toEqual(Buffer.from(own.der))
  const foreign = await (await createTestAuthority()).issue({ domains: ['receiving.example'] })
  const connect = { verifyLater: false }
  await expect(federate(own, { connect, accepting: foreign })).rejects.toMatchObject({ code: 'certificate' })
})

test('the chain is told as it was presented, also when out of order', async () => {
  const first = await authority.intermediate()
  const second = await first.intermediate()
  const leaf = await second.issue({ ...FOR_A, withIntermediates: false })
  const { accepting } = await federate({ ...leaf, certificate: leaf.certificate + first.pem + second.pem })
  const expected = [leaf.der, first.der, second.der].map((der) => Buffer.from(der))
  expect(accepting.security?.peerCertificateChain().map(Buffer.from)).toEqual(expected)
  expect(await accepting.security?.verifyPeerChain()).toBeUndefined()
})

test('after closing, nothing is accepted', async () => {
  const { connecting, accepting } = await federate(await authority.issue(FOR_A))
  const closed = new Promise<void>((resolve) => accepting.onClose(() => resolve()))
  connecting.destroy()
  accepting.destroy()
  await closed
  expect(await accepting.security?.verifyPeerChain()).toBe('the connection is closed')
  expect(await connecting.security?.verifyPeerChain()).toBe('the connection is closed')
})

test('peers that speak TLS 1.2 only, on either side', async () => {
  const own = await authority.issue(FOR_A)
  const raw = createServer({
    key: receiving.key,
    cert: receiving.certificate,
    maxVersion: 'TLSv1.2',
    requestCert: true,
    rejectUnauthorized: false,
    ca: authority.pem,
  })
  raw.listen(0, '127.0.0.1')
  onTestFinished(() => void raw.close())
  await new Promise((resolve) => raw.once('listening', resolve))
  const seen = new Promise<string | undefined>((resolve) =>
    raw.once('secureConnection', (socket) => resolve(socket.getPeerX509Certificate()?.subject)),
  )
  const port = Number(Reflect.get(Object(raw.address()), 'port'))
  const connecting = await connectTcp({
    host: '127.0.0.1',
    port,
    servername: 'receiving.example',
    tls: 'direct',
    verifyLater: true,
    certificates: store(own),
    ca: authority.pem,
  })
  onTestFinished(() => connecting.destroy())
  expect([connecting.security?.protocol, await seen, await connecting.security?.verifyPeerChain()]).toEqual([
    'TLSv1.2',
    'CN=a.example',
    undefined,
  ])

  const { port: listening, accepted } = await listen()
  const socket = connectTls({
    host: '127.0.0.1',
    port: listening,
    maxVersion: 'TLSv1.2',
    cert: own.certificate,
    key: own.key,
    ca: authority.pem,
    servername: 'receiving.example',
  })
  onTestFinished(() => void socket.destroy())
  const { security } = await accepted
  expect([security?.protocol, await security?.verifyPeerChain()]).toEqual(['TLSv1.2', undefined])
})
