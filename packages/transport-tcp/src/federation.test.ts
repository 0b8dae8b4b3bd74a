import { connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import {
  createSelfSigned,
  createTestAuthority,
  type TestAuthority,
  type TestCertificate,
} from '@parlour/testing/certificates'
import type { Connection } from '@parlour/transport'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CertificateStore, type ConnectOptions, connectTcp, type ListenOptions, listenTcp } from './index.ts'

const DAY = 86_400_000
const ago = (days: number) => new Date(Date.now() - days * DAY)

let authority: TestAuthority
let receiving: TestCertificate
beforeAll(async () => {
  authority = await createTestAuthority({ commonName: 'The authority' })
  receiving = await authority.issue({ domains: ['receiving.example'] })
})

const opened: (() => unknown)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

const store = ({ certificate, key }: TestCertificate) => new CertificateStore([{ certificate, key }])

interface Ends {
  readonly connecting: Connection
  readonly accepting: Connection
}

/** Two servers connected: what the connecting one presents, and how either trusts. */
async function federate(
  presented: TestCertificate | undefined,
  options: { listen?: Partial<ListenOptions>; connect?: Partial<ConnectOptions>; accepting?: TestCertificate } = {},
): Promise<Ends> {
  let accept: (connection: Connection) => void = () => {}
  const accepted = new Promise<Connection>((resolve) => {
    accept = resolve
  })
  const listener = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    tls: 'direct',
    alpn: ['xmpp-server'],
    certificates: store(options.accepting ?? receiving),
    requestCertificate: true,
    ca: authority.pem,
    onConnection: accept,
    ...options.listen,
  })
  opened.push(() => listener.close())
  const connecting = await connectTcp({
    host: '127.0.0.1',
    port: listener.address.port,
    servername: 'receiving.example',
    tls: 'direct',
    alpn: ['xmpp-server'],
    verifyLater: true,
    ca: authority.pem,
    ...(presented ? { certificates: store(presented) } : {}),
    ...options.connect,
  })
  opened.push(() => connecting.destroy())
  const accepting = await accepted
  opened.push(() => accepting.destroy())
  return { connecting, accepting }
}

/** What the accepting server says of what the connecting one presents. */
async function verdictOn(presented: TestCertificate | undefined, listen: Partial<ListenOptions> = {}) {
  const { accepting } = await federate(presented, { listen })
  return accepting.security?.verifyPeerChain()
}

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
