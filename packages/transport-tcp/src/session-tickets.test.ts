import { createHash } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import type { Connection } from '@parlour/transport'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Authority, createAuthority } from '../test/certificates.ts'
import {
  CertificateStore,
  type ConnectOptions,
  connectTcp,
  type ListenOptions,
  listenTcp,
  SessionTickets,
} from './index.ts'

let authority: Authority
beforeAll(async () => {
  authority = await createAuthority()
})

const opened: (() => unknown)[] = []
afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  for (const close of opened.splice(0).reverse()) await close()
})

async function serve(domains = ['example.org'], options: Partial<ListenOptions> = {}) {
  const certificates = new CertificateStore([await authority.issue(domains)])
  const accepted: Connection[] = []
  let told: () => void = () => {}
  const onConnection = (connection: Connection) => {
    accepted.push(connection)
    told()
  }
  const onError = () => told()
  const listener = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    tls: 'direct',
    certificates,
    onConnection,
    onError,
    ...options,
  })
  opened.push(() => listener.close())
  const next = async (): Promise<Connection> => {
    if (accepted.length === 0) await new Promise<void>((resolve) => (told = resolve))
    return accepted.shift() as Connection
  }
  /** A connection that the client gave up, before or after the server took it for done. */
  const refused = async (): Promise<void> => {
    if (accepted.length === 0)
      await new Promise<void>((resolve) => {
        told = resolve
      })
    accepted.length = 0
  }
  return { port: listener.address.port, certificates, next, refused }
}

type Served = Awaited<ReturnType<typeof serve>>

/** Connects, and hears a word of the server, behind which its tickets are. */
async function visit({ port, next }: Served, options: Partial<ConnectOptions>) {
  // Asked of either side's socket, once it is secure.
  const asked = vi.spyOn(TLSSocket.prototype, 'getCipher')
  const where = { host: '127.0.0.1', port, servername: 'example.org', tls: 'direct', ca: authority.pem } as const
  const client = await connectTcp({ ...where, ...options })
  const server = await next()
  opened.push(() => client.destroy())
  if (options.tls === 'starttls') await Promise.all([server.startTls(), client.startTls()])
  const heard = new Promise((resolve) => client.onData(resolve))
  server.write('word')
  await heard
  const sockets = [...(asked.mock.contexts as TLSSocket[])]
  asked.mockRestore()
  const bindings = [client, server].map(({ security }) => security?.exporter('EXPORTER-Channel-Binding', 32))
  return {
    isReused: sockets.length === 2 && sockets.every((socket) => socket.isSessionReused()),
    exporters: bindings.map((octets) => octets && Buffer.from(octets).toString('hex')),
    endPoints: [client, server].map(({ security }) => security?.serverEndPoint()),
    certificate: client.security?.peerCertificate(),
    protocol: client.security?.protocol,
  }
}

/** One visit for each of the options: whether it resumed the session of one before. */
async function visits(served: Served, ...each: Partial<ConnectOptions>[]): Promise<boolean[]> {
  const found: boolean[] = []
  for (const options of each) found.push((await visit(served, options)).isReused)
  return found
}

describe('RFC 8446 §2.2: a client with tickets resumes its session', () => {
  test.each(['direct', 'starttls'] as const)(
    '%s: channel bindings are those of the new connection (RFC 9266 §3)',
    async (tls) => {
      const served = await serve(['example.org'], { tls })
      const tickets = new SessionTickets()
      const first = await visit(served, { tls, tickets })
      const second = await visit(served, { tls, tickets })
      expect([first.isReused, second.isReused]).toEqual([false, true])
      expect(second.exporters[0]).toMatch(/^[0-9a-f]{64}$/)
      expect(second.exporters[0]).toBe(second.exporters[1])
      expect(second.exporters[0]).not.toBe(first.exporters[0])
      const hash = createHash('sha256')
        .update(second.certificate as Uint8Array)
        .digest()
      expect(second.endPoints.map((octets) => octets && Buffer.from(octets))).toEqual([hash, hash])
    },
  )

  test('§C.4: each ticket is used once', async () => {
    const tickets = new SessionTickets()
    // Node's servers give two with a whole handshake, and none with a resumed one.
    expect(await visits(await serve(), { tickets }, { tickets }, { tickets }, { tickets })).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  test('not without, and not with those of another account', async () => {
    const served = await serve()
    const [one, other] = [new SessionTickets(), new SessionTickets()]
    expect(await visits(served, {}, {}, { tickets: one }, { tickets: other }, { tickets: one })).toEqual([
      false,
      false,
      false,
      false,
      true,
    ])
  })

  test('not at another port', async () => {
    const tickets = new SessionTickets()
    const [one, other] = [await serve(), await serve()]
    expect([
      ...(await visits(one, { tickets })),
      ...(await visits(other, { tickets })),
      ...(await visits(one, { tickets })),
    ]).toEqual([false, false, true])
  })

  test('not for another name, even one that the certificate has', async () => {
    const served = await serve(['example.org', 'example.net'])
    const tickets = new SessionTickets()
    const [one, other] = [{ tickets }, { tickets, servername: 'example.net' }]
    expect(await visits(served, one, other, one, other)).toEqual([false, false, true, true])
  })

  test('not with other authorities: who does not trust the certificate any more is shown it, and refuses it', async () => {
    const served = await serve()
    const tickets = new SessionTickets()
    await visit(served, { tickets })
    const another = await createAuthority()
    const refused = served.refused()
    await expect(visit(served, { tickets, ca: another.pem })).rejects.toMatchObject({ code: 'certificate' })
    await refused
    expect(await visits(served, { tickets })).toEqual([true])
  })

  test('not when the certificate is not taken for the domain any more', async () => {
    const served = await serve()
    const tickets = new SessionTickets()
    await visit(served, { tickets })
    const verifyIdentity = () => new Error('no more')
    const refused = served.refused()
    await expect(visit(served, { tickets, verifyIdentity })).rejects.toMatchObject({ code: 'certificate' })
    await refused
    expect(await visits(served, { tickets })).toEqual([false])
  })

  test('not by tickets of a certificate that was replaced, nor when one of the chain has ended', async () => {
    const served = await serve()
    const tickets = new SessionTickets()
    await visit(served, { tickets })
    served.certificates.replace([await authority.issue(['example.org'], undefined, 0.25)])
    expect(await visits(served, { tickets }, { tickets })).toEqual([false, true])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6.01 * 3_600_000 })
    await expect(visit(served, { tickets })).resolves.toMatchObject({ isReused: false })
  })

  test('not where the chain is judged afterwards, or a certificate is presented', async () => {
    const served = await serve()
    const tickets = new SessionTickets()
    const own = new CertificateStore([await authority.issue(['own.example'])])
    const certificates = { tickets, certificates: own }
    expect(await visits(served, { tickets, verifyLater: true }, { tickets, verifyLater: true })).toEqual([false, false])
    expect(await visits(served, certificates, certificates)).toEqual([false, false])
  })
})
