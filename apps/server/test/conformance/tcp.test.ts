/** What only a real socket and real TLS can show. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer, type Server } from '../../src/create-server.ts'
import { STREAM } from './stage.ts'

const HEADER = `${STREAM} to='example.com'>`
const STARTTLS = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`

let server: Server
beforeAll(async () => {
  server = await createServer({
    domains: ['example.com', 'example.net'],
    storage: 'memory',
    listen: { address: '127.0.0.1', starttls: 0, directTls: 0 },
    monitoring: { port: false },
    limits: { maxConnectionsPerAddress: 3 },
  })
})
afterAll(() => server.close())

const portOf = (kind: 'starttls' | 'directTls') => server.listeners[kind]?.address.port as number

/** A socket, and what it has heard. */
class Line {
  readonly socket: Socket
  heard = ''

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.heard += bytes.toString()
    })
    socket.on('error', () => {})
  }

  async until(text: string): Promise<void> {
    while (!this.heard.includes(text)) await once(this.socket, 'data')
  }

  async closed(): Promise<void> {
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve))
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

const plainLine = () => new Line(connect(portOf('starttls'), '127.0.0.1'))

/** Begins TLS behind `<proceed/>`; resolves when the handshake is done. */
async function secured(
  line: Line,
  options: { servername?: string; maxVersion?: 'TLSv1.2' } = {},
): Promise<Line & { socket: TLSSocket }> {
  await line.until('<proceed ')
  line.socket.removeAllListeners('data')
  const socket = connectTls({ socket: line.socket, servername: 'example.com', rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  return new Line(socket) as Line & { socket: TLSSocket }
}

async function startedTls(options: { servername?: string; maxVersion?: 'TLSv1.2'; to?: string } = {}) {
  const line = plainLine()
  line.socket.write(`${STREAM} to='${options.to ?? 'example.com'}'>${STARTTLS}`)
  return secured(line, options)
}

test('25. RFC 6120 §5.3.3: what stands behind <starttls/> in the same packet is never looked at', async () => {
  using line = plainLine()
  line.socket.write(`${HEADER}${STARTTLS}${HEADER}<injected xmlns='urn:example:injected'/>`)
  using tls = await secured(line)
  tls.socket.write(HEADER)
  await tls.until('</stream:features>')
  expect(tls.heard.match(/<stream:stream/g)).toHaveLength(1)
  expect(tls.heard).not.toContain('error')
})

test('26. RFC 6120 §5.4.3.2: when the handshake fails the connection ends without </stream>', async () => {
  using line = plainLine()
  line.socket.write(`${HEADER}${STARTTLS}`)
  await line.until('<proceed ')
  line.socket.write('GET / HTTP/1.1\r\n\r\n')
  await line.closed()
  expect(line.heard).not.toContain('</stream:stream>')
})

test('28. RFC 6120 §5.4.3.1: the certificate is that of the stream’s domain', async () => {
  for (const domain of ['example.com', 'example.net']) {
    using tls = await startedTls({ to: domain, servername: domain })
    expect(tls.socket.getPeerX509Certificate()?.checkHost(domain)).toBe(domain)
  }
})

test('28. RFC 6120 §5.4.3.1: with no name in the handshake the stream’s "to" decides', async () => {
  using tls = await startedTls({ to: 'example.net', servername: '' })
  expect(tls.socket.getPeerX509Certificate()?.checkHost('example.net')).toBe('example.net')
})

test('29. RFC 6120 §5.3.5: renegotiation is refused, and the connection ends without </stream>', async () => {
  using tls = await startedTls({ maxVersion: 'TLSv1.2' })
  tls.socket.write(HEADER)
  await tls.until('</stream:features>')
  const refused = new Promise<Error>((resolve) => tls.socket.once('error', resolve))
  tls.socket.renegotiate({ rejectUnauthorized: false }, () => {})
  expect(String(await refused)).toMatch(/no renegotiation/i)
  await tls.closed()
  expect(tls.heard).not.toContain('</stream:stream>')
})

test('6. RFC 6120 §4.4: </stream> over TLS ends in close_notify and FIN, without an error', async () => {
  using tls = await startedTls()
  const errors: Error[] = []
  tls.socket.on('error', (error) => errors.push(error))
  tls.socket.write(`${HEADER}</stream:stream>`)
  await tls.until('</stream:stream>')
  await tls.closed()
  expect(errors).toEqual([])
})

test.for([
  ['bytes that are no UTF-8', Buffer.from([0x3c, 0x61, 0x20, 0xff, 0xfe])],
  ['UTF-16', Buffer.from(`\ufeff${HEADER}`, 'utf16le')],
  ['a surrogate', Buffer.from([0x3c, 0x61, 0x20, 0xed, 0xa0, 0x80])],
] as const)('21. RFC 6120 §11.6: %s: unsupported-encoding, and the end', async ([, bytes]) => {
  using line = plainLine()
  line.socket.write(bytes)
  await line.closed()
  expect(line.heard).toContain('<unsupported-encoding ')
  expect(line.heard.endsWith('</stream:stream>')).toBe(true)
})

test('22. RFC 6120 §13.12: so many connections from one address, and no more', async () => {
  using first = plainLine()
  using second = plainLine()
  using third = plainLine()
  for (const line of [first, second, third]) line.socket.write(HEADER)
  for (const line of [first, second, third]) await line.until('</stream:features>')
  using fourth = plainLine()
  await fourth.closed()
  expect(fourth.heard).not.toContain('<stream:features>')
})
