import { createHash } from 'node:crypto'
import { connect as connectPlain, createServer, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Connection, Listener } from '@parlour/transport'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { type Authority, createAuthority, ECDSA_384, ED25519, RSA_PSS_384, RSA_SHA1 } from '../test/certificates.ts'
import { CertificateError, CertificateStore, connectTcp, type ListenOptions, listenTcp } from './index.ts'
import { serverEndPoint } from './server-end-point.ts'

let authority: Authority
beforeAll(async () => {
  authority = await createAuthority()
})

const opened: (() => unknown)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

/** A listener and the connections that it has accepted. */
async function serve(options: Partial<ListenOptions> & { certificates?: CertificateStore }) {
  const accepted: Connection[] = []
  const errors: Error[] = []
  const waiting: ((connection: Connection) => void)[] = []
  const listener: Listener = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    onConnection: (connection) => {
      accepted.push(connection)
      waiting.shift()?.(connection)
    },
    onError: (error) => errors.push(error),
    ...options,
  })
  opened.push(
    () => listener.close(),
    () => accepted.forEach((connection) => void connection.destroy()),
  )
  const next = () => new Promise<Connection>((resolve) => waiting.push(resolve))
  return { port: listener.address.port, accepted, errors, next, listener }
}

const direct = (port: number, servername: string, more = {}) =>
  connectTcp({ host: '127.0.0.1', port, servername, tls: 'direct', ca: authority.pem, ...more })

function secureEvent(socket: TLSSocket): Promise<TLSSocket> {
  opened.push(() => socket.destroy())
  return new Promise((resolve, reject) => socket.once('secureConnect', () => resolve(socket)).once('error', reject))
}

test('the server chooses the cipher: one with SHA-256, but ChaCha20 for who puts that first (RFC 8446 §9.1)', async () => {
  const { port } = await serve({
    tls: 'direct',
    certificates: new CertificateStore([await authority.issue(['a.example'])]),
  })
  const chosen = async (...ciphers: string[]) => {
    const options = { host: '127.0.0.1', port, servername: 'a.example', ca: authority.pem, ciphers: ciphers.join(':') }
    return (await secureEvent(connectTls(options))).getCipher().standardName
  }
  const [aes128, aes256, chacha] = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
  expect(await chosen(aes256, chacha, aes128)).toBe(aes128)
  expect(await chosen(chacha, aes256, aes128)).toBe(chacha)
  expect(await chosen(aes256)).toBe(aes256)
})

test('the certificate is chosen by SNI: exact name, wildcard of one label, else the first (RFC 6066 §3, RFC 9525 §6.3)', async () => {
  const certificates = new CertificateStore([
    await authority.issue(['first.example']),
    await authority.issue(['example.org', '*.example.org']),
  ])
  const { port } = await serve({ tls: 'direct', certificates })
  const presented = async (servername?: string) => {
    const options = { host: '127.0.0.1', port, rejectUnauthorized: false }
    const socket = await secureEvent(connectTls(servername ? { ...options, servername } : options))
    return socket.getPeerX509Certificate()?.subject
  }
  expect(await presented('example.org')).toBe('CN=example.org')
  expect(await presented('CHAT.Example.org')).toBe('CN=example.org')
  expect(await presented('a.chat.example.org')).toBe('CN=first.example')
  expect(await presented('elsewhere.example')).toBe('CN=first.example')
  expect(await presented()).toBe('CN=first.example')
})

test("a client without SNI gets the certificate of the stream's `to` given to startTls (RFC 6120 §5.4.3.1)", async () => {
  const certificates = new CertificateStore([
    await authority.issue(['first.example']),
    await authority.issue(['second.example']),
  ])
  const { port, next } = await serve({ certificates })
  const accepted = next()
  const socket = connectPlain(port, '127.0.0.1')
  const server = await accepted
  const secured = server.startTls({ servername: 'second.example' })
  const client = await secureEvent(connectTls({ socket, rejectUnauthorized: false }))
  await secured
  expect(client.getPeerX509Certificate()?.subject).toBe('CN=second.example')
  expect(server.security?.servername).toBeUndefined()
})

test('replaced certificates serve new connections; the former ones live on; a bad replacement changes nothing', async () => {
  const certificates = new CertificateStore([await authority.issue(['old.example'])])
  const { port, next } = await serve({ tls: 'direct', certificates })
  const accepted = next()
  const before = await direct(port, 'old.example')
  const server = await accepted
  certificates.replace([await authority.issue(['new.example'])])
  expect(() => certificates.replace([{ certificate: 'nonsense', key: '' }])).toThrow(CertificateError)
  expect(() => certificates.replace([])).toThrow(CertificateError)
  await direct(port, 'new.example').then((connection) => connection.destroy())
  await expect(direct(port, 'old.example')).rejects.toMatchObject({ code: 'certificate' })
  const received = new Promise((resolve) => before.onData((chunk) => resolve(String(chunk))))
  server.write('still here')
  expect(await received).toBe('still here')
  before.destroy()
})

test('direct TLS: ALPN xmpp-client is chosen, none is accepted, another is refused (XEP-0368 §2)', async () => {
  const certificates = new CertificateStore([await authority.issue(['example.org'])])
  const { port, next, errors } = await serve({ tls: 'direct', certificates })
  const accepted = next()
  const client = await direct(port, 'example.org')
  expect([client.security?.alpn, (await accepted).security?.alpn]).toEqual(['xmpp-client', 'xmpp-client'])
  expect((await accepted).security?.servername).toBe('example.org')
  const without = next()
  await secureEvent(connectTls({ host: '127.0.0.1', port, servername: 'example.org', ca: authority.pem }))
  expect((await without).security?.alpn).toBeUndefined()
  await expect(direct(port, 'example.org', { alpn: ['h2'] })).rejects.toMatchObject({ code: 'tls' })
  expect(errors.map(String)).toEqual([expect.stringContaining('TransportError')])
  client.destroy()
})

test.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused (RFC 9325 §3.1.1)', async (maxVersion) => {
  const certificates = new CertificateStore([await authority.issue(['example.org'])])
  const { port } = await serve({ tls: 'direct', certificates })
  const options = { host: '127.0.0.1', port, minVersion: maxVersion, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }
  await expect(secureEvent(connectTls({ ...options, rejectUnauthorized: false }))).rejects.toThrow(/protocol version/)
})

test('TLS 1.2 is accepted, without exporter, for its master secret may not be extended (RFC 9266 §3)', async () => {
  const certificates = new CertificateStore([await authority.issue(['example.org'])])
  const { port, next } = await serve({ tls: 'direct', certificates })
  const accepted = next()
  await secureEvent(
    connectTls({ host: '127.0.0.1', port, maxVersion: 'TLSv1.2', ca: authority.pem, servername: 'example.org' }),
  )
  const { security } = await accepted
  expect([security?.protocol, security?.exporter('EXPORTER-Channel-Binding', 32)]).toEqual(['TLSv1.2', undefined])
  expect(security?.cipher).toMatch(/^TLS_ECDHE_.*_(GCM|POLY1305)_/)
})

test('a client may not renegotiate', async () => {
  const certificates = new CertificateStore([await authority.issue(['example.org'])])
  const { port, next } = await serve({ tls: 'direct', certificates })
  const accepted = next()
  const client = connectTls({
    host: '127.0.0.1',
    port,
    maxVersion: 'TLSv1.2',
    ca: authority.pem,
    servername: 'example.org',
  })
  await secureEvent(client)
  ;(await accepted).onData(() => {})
  const failed = new Promise<Error>((resolve) => client.once('error', resolve))
  client.renegotiate({}, () => {})
  expect(String(await failed)).toMatch(/no renegotiation/i)
})

test('garbage after the handshake closes the connection with an error', async () => {
  const certificates = new CertificateStore([await authority.issue(['example.org'])])
  const { port, next } = await serve({ tls: 'direct', certificates })
  const accepted = next()
  const raw: Socket = connectPlain(port, '127.0.0.1')
  await secureEvent(connectTls({ socket: raw, servername: 'example.org', ca: authority.pem }))
  const server = await accepted
  server.onData(() => {})
  const closed = new Promise<Error | undefined>((resolve) => server.onClose(resolve))
  raw.write('this is no TLS record at all')
  expect(await closed).toMatchObject({ code: 'tls' })
})

test.each([
  ['RSA with SHA-1', RSA_SHA1, 'sha256'],
  ['RSASSA-PSS with SHA-384', RSA_PSS_384, 'sha384'],
  ['ECDSA with SHA-384', ECDSA_384, 'sha384'],
  ['Ed25519', ED25519, undefined],
])('tls-server-end-point of a certificate signed with %s (RFC 5929 §4.1)', async (_, algorithm, hash) => {
  const { der } = await authority.issue(['example.org'], algorithm)
  const expected = hash === undefined ? undefined : createHash(hash).update(der).digest('hex')
  const binding = serverEndPoint(der)
  expect(binding && Buffer.from(binding).toString('hex')).toBe(expected)
})

test('serverEndPoint answers undefined, not an exception, to what is no certificate', () => {
  for (const bytes of [
    [],
    [0x30],
    [0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
    [0x30, 0x80, 0, 0],
    [0x30, 3, 0x30, 0x80, 0x30],
  ]) {
    expect(serverEndPoint(Uint8Array.from(bytes))).toBeUndefined()
  }
})

test('requestCertificate: what the client presents, and that its chain is not trusted', async () => {
  const own = await authority.issue(['client.example'])
  const certificates = new CertificateStore([await authority.issue(['example.org'])])
  const { port, next } = await serve({ tls: 'direct', certificates, requestCertificate: true })
  const accepted = next()
  await secureEvent(
    connectTls({
      host: '127.0.0.1',
      port,
      servername: 'example.org',
      ca: authority.pem,
      cert: own.certificate,
      key: own.key,
    }),
  )
  const { security } = await accepted
  expect(Buffer.from(security?.peerCertificate() ?? []).equals(own.der)).toBe(true)
  expect(security?.peerCertificateError()).toBe('SELF_SIGNED_CERT_IN_CHAIN')
})

test('a handshake that is never begun ends after its time', async () => {
  const certificates = new CertificateStore([await authority.issue(['example.org'])])
  const { port, errors } = await serve({ tls: 'direct', certificates, handshakeTimeout: 20 })
  const socket = connectPlain(port, '127.0.0.1')
  await new Promise((resolve) => socket.resume().once('close', resolve))
  expect(errors).toMatchObject([{ code: 'timeout' }])
})

test('a server that hangs up in the handshake, one that never answers, and a refused port', async () => {
  const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await new Promise((resolve) => rude.once('listening', resolve))
  const port = Number(Reflect.get(Object(rude.address()), 'port'))
  await expect(direct(port, 'example.org')).rejects.toMatchObject({ name: 'TransportError' })
  await new Promise((resolve) => rude.close(resolve))
  await expect(direct(port, 'example.org')).rejects.toMatchObject({ code: 'refused' })
  const left: Promise<unknown>[] = []
  const silent = createServer((socket) => {
    left.push(
      new Promise((resolve) =>
        socket
          .on('error', () => {})
          .resume()
          .once('close', resolve),
      ),
    )
  }).listen(0, '127.0.0.1')
  opened.push(() => silent.close())
  await new Promise((resolve) => silent.once('listening', resolve))
  const silentPort = Number(Reflect.get(Object(silent.address()), 'port'))
  await expect(direct(silentPort, 'example.org', { handshakeTimeout: 20 })).rejects.toMatchObject({ code: 'timeout' })
  const controller = new AbortController()
  silent.once('connection', () => controller.abort(new Error('enough')))
  await expect(direct(silentPort, 'example.org', { signal: controller.signal })).rejects.toMatchObject({
    code: 'aborted',
  })
  await expect(direct(silentPort, 'example.org', { signal: controller.signal })).rejects.toMatchObject({
    code: 'aborted',
  })
  await Promise.all(left)
  expect(left).toHaveLength(2)
})
