import type { Connection } from '@parlour/transport'
import { type ConformancePair, connectionConformance } from '@parlour/transport/conformance'
import { beforeAll, describe, test } from 'vitest'
import { type Authority, createAuthority } from '../test/certificates.ts'
import { CertificateStore, connectTcp, listenTcp } from './index.ts'

let authority: Authority
let certificates: CertificateStore
beforeAll(async () => {
  authority = await createAuthority()
  certificates = new CertificateStore([await authority.issue(['example.org'])])
})

async function pair(tls: 'starttls' | 'direct'): Promise<ConformancePair> {
  let accepted: (connection: Connection) => void = () => {}
  const server = new Promise<Connection>((resolve) => {
    accepted = resolve
  })
  const listener = await listenTcp({ host: '127.0.0.1', port: 0, tls, certificates, onConnection: accepted })
  const { port } = listener.address
  const client = await connectTcp({ host: '127.0.0.1', port, servername: 'example.org', tls, ca: authority.pem })
  return { client, server: await server, close: () => listener.close() }
}

async function starttlsPair(): Promise<ConformancePair> {
  const made = await pair('starttls')
  const { client, server } = made
  const read = (connection: Connection) => new Promise<void>((resolve) => connection.onData(() => resolve()))
  const atServer = read(server).then(() => {
    server.write('<proceed/>')
    return server.startTls()
  })
  client.write('<starttls/>')
  await read(client)
  await Promise.all([client.startTls(), atServer])
  return made
}

describe('TCP, plain', () => {
  test.each(connectionConformance)('$title', ({ run }) => run(() => pair('starttls')))
})

const secured = connectionConformance.filter(({ tls }) => !tls)

describe('TCP after STARTTLS', () => {
  // Negotiating STARTTLS sets onData before the case begins.
  test.each(secured.filter(({ title }) => !title.includes('before onData')))('$title', ({ run }) => run(starttlsPair))
})

describe('TCP with direct TLS', () => {
  test.each(secured)('$title', ({ run }) => run(() => pair('direct')))
})
