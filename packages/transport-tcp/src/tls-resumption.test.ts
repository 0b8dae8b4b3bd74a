import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import type { Connection } from '@parlour/transport'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Authority, createAuthority } from '../test/certificates.ts'
import { CertificateStore, type ListenOptions, listenTcp } from './index.ts'

let authority: Authority
beforeAll(async () => {
  authority = await createAuthority()
})

const opened: (() => unknown)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

/** A listener, and the next connection that it accepts. */
async function serve(options: Pick<ListenOptions, 'requestCertificate'> & { certificates: CertificateStore }) {
  let told: (connection: Connection) => void = () => {}
  const onConnection = (connection: Connection) => told(connection)
  const listener = await listenTcp({ host: '127.0.0.1', port: 0, tls: 'direct', onConnection, ...options })
  opened.push(() => listener.close())
  const next = () =>
    new Promise<Connection>((resolve) => {
      told = resolve
    })
  return { port: listener.address.port, next }
}

describe('RFC 8446 §2.2: a client that comes back resumes its session', () => {
  /** Connects and hears a word of the server, behind which its tickets are. */
  async function visit(served: Awaited<ReturnType<typeof serve>>, session?: Buffer, more = {}) {
    const accepted = served.next()
    const options = { host: '127.0.0.1', port: served.port, ca: authority.pem, servername: 'example.org' }
    const client = connectTls({ ...options, ...more, ...(session && { session }) })
    let ticket: Buffer | undefined
    client.on('session', (given) => {
      ticket = given
    })
    opened.push(() => client.destroy())
    await once(client, 'secureConnect')
    const server = await accepted
    server.write('word')
    await once(client, 'data')
    const exporters = [
      server.security?.exporter('EXPORTER-Channel-Binding', 32),
      client.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)),
    ].map((octets) => octets && Buffer.from(octets).toString('hex'))
    const endPoint = server.security?.serverEndPoint()
    return { isReused: client.isSessionReused(), ticket, exporters, endPoint, server }
  }

  test('its channel bindings are those of a new connection', async () => {
    const served = await serve({ certificates: new CertificateStore([await authority.issue(['example.org'])]) })
    const first = await visit(served)
    const second = await visit(served, first.ticket)
    expect([first.isReused, second.isReused]).toEqual([false, true])
    expect(second.exporters[0]).toBe(second.exporters[1])
    expect(second.exporters[0]).not.toBe(first.exporters[0])
    expect(second.endPoint).toEqual(first.endPoint)
    expect(second.server.security?.clientFinished()).toBeUndefined()
  })

  test('not when the certificate was replaced, nor after twelve hours', async () => {
    const certificates = new CertificateStore([await authority.issue(['example.org'])])
    const served = await serve({ certificates })
    const first = await visit(served)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 12 * 3_600_000 })
    try {
      expect((await visit(served, first.ticket)).isReused).toBe(false)
    } finally {
      vi.useRealTimers()
    }
    const second = await visit(served)
    certificates.replace([await authority.issue(['example.org'])])
    expect((await visit(served, second.ticket)).isReused).toBe(false)
  })

  test('not where certificates are asked for, or chosen by name', async () => {
    const one = [await authority.issue(['example.org'])]
    const asking = await serve({ certificates: new CertificateStore(one), requestCertificate: true })
    expect((await visit(asking, (await visit(asking)).ticket)).isReused).toBe(false)
    const two = new CertificateStore([...one, await authority.issue(['example.net'])])
    const choosing = await serve({ certificates: two })
    expect((await visit(choosing, (await visit(choosing)).ticket)).isReused).toBe(false)
  })

  test('also with TLS 1.2, in which a resumed session binds by the certificate alone', async () => {
    const served = await serve({ certificates: new CertificateStore([await authority.issue(['example.org'])]) })
    const old = { maxVersion: 'TLSv1.2' }
    const first = await visit(served, undefined, old)
    const second = await visit(served, first.ticket, old)
    expect(second.isReused).toBe(true)
    expect([second.exporters[0], second.server.security?.clientFinished()]).toEqual([undefined, undefined])
    expect(second.endPoint).toEqual(first.endPoint)
  })
})
