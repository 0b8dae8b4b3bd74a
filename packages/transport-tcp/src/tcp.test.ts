import { connect, type Socket } from 'node:net'
import type { Connection } from '@parlour/transport'
import { afterEach, expect, test } from 'vitest'
import { addressGroup, plainAddress } from './address.ts'
import { connectTcp, type ListenOptions, listenTcp } from './index.ts'

const opened: (() => unknown)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

async function serve(options: Partial<ListenOptions>) {
  const accepted: Connection[] = []
  let arrived = () => {}
  const onConnection = (connection: Connection) => {
    accepted.push(connection)
    arrived()
  }
  const listener = await listenTcp({ host: '127.0.0.1', port: 0, tls: 'none', onConnection, ...options })
  opened.push(
    () => listener.close(),
    () => accepted.forEach((connection) => void connection.destroy()),
  )
  const dial = async (): Promise<[Socket, Connection]> => {
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const socket = connect({ port: listener.address.port, host: '127.0.0.1', allowHalfOpen: true })
    opened.push(() => socket.destroy())
    await arrival
    return [socket, accepted.at(-1) as Connection]
  }
  return { listener, accepted, dial }
}

const closing = (socket: Socket) => new Promise<void>((resolve) => socket.resume().once('close', () => resolve()))

test('all text of one turn leaves in one write', async () => {
  const { dial } = await serve({})
  const [socket, server] = await dial()
  const chunks: string[] = []
  const received = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      chunks.push(String(chunk))
      resolve()
    })
  })
  for (let i = 0; i < 100; i++) server.write(`<a${i}/>`)
  await Promise.resolve()
  server.write('grüße')
  await received
  expect(chunks).toEqual([`${Array.from({ length: 100 }, (_, i) => `<a${i}/>`).join('')}grüße`])
})

test('end waits for the peer only as long as closeTimeout', async () => {
  const { dial } = await serve({ closeTimeout: 20 })
  const [socket, server] = await dial()
  const closed = new Promise<Error | undefined>((resolve) => server.onClose(resolve))
  server.onData(() => {})
  server.end()
  await new Promise((resolve) => socket.resume().once('end', resolve))
  expect(socket.writable).toBe(true)
  expect(await closed).toBeUndefined()
})

test('a connection that the peer resets hears of it', async () => {
  const { dial } = await serve({})
  const [socket, server] = await dial()
  server.onData(() => {})
  const closed = new Promise<Error | undefined>((resolve) => server.onClose(resolve))
  socket.resetAndDestroy()
  expect(await closed).toMatchObject({ name: 'TransportError', code: 'reset' })
})

test('maxConnections: one too many is closed, and there is room again when one has left', async () => {
  const { dial, accepted, listener } = await serve({ maxConnections: 1 })
  const [first, server] = await dial()
  server.onData(() => {})
  await closing(connect(listener.address.port, '127.0.0.1'))
  expect(accepted).toHaveLength(1)
  const gone = new Promise((resolve) => server.onClose(resolve))
  first.destroy()
  await gone
  await dial()
  expect(accepted).toHaveLength(2)
})

test('maxConnectionsPerAddress counts each origin by itself', async () => {
  const { dial, listener } = await serve({ maxConnectionsPerAddress: 1 })
  await dial()
  await closing(connect(listener.address.port, '127.0.0.1'))
  const other = connect({ port: listener.address.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
  await new Promise((resolve) => other.once('connect', resolve))
  other.destroy()
})

test('a closed listener frees its port while its connections live on', async () => {
  const { dial, listener } = await serve({})
  const [socket, server] = await dial()
  await listener.close()
  await listener.close()
  const again = await listenTcp({ host: '127.0.0.1', port: listener.address.port, tls: 'none', onConnection: () => {} })
  opened.push(() => again.close())
  const received = new Promise((resolve) => socket.once('data', (chunk) => resolve(String(chunk))))
  server.write('here')
  expect(await received).toBe('here')
})

test('a port that is taken is an error with its cause', async () => {
  const { listener } = await serve({})
  const taken = listenTcp({ host: '127.0.0.1', port: listener.address.port, tls: 'none', onConnection: () => {} })
  await expect(taken).rejects.toMatchObject({ name: 'TransportError', cause: { code: 'EADDRINUSE' } })
})

test('startTls is refused where it is not configured; certificates are asked for at once', async () => {
  const { dial } = await serve({})
  const [, server] = await dial()
  await expect(server.startTls()).rejects.toMatchObject({ code: 'tls' })
  await expect(listenTcp({ port: 0, onConnection: () => {} })).rejects.toThrow('certificates')
})

test('a host that does not exist is unreachable', async () => {
  const attempt = connectTcp({ host: 'no-such-host.invalid', port: 1, servername: 'example.org', tls: 'starttls' })
  await expect(attempt).rejects.toMatchObject({ code: 'unreachable' })
})

test('addresses: IPv4 inside IPv6 and zones are taken off; IPv6 counts by /64', () => {
  expect([plainAddress('::ffff:192.0.2.7'), plainAddress('fe80::1%eth0'), plainAddress(undefined)]).toEqual([
    '192.0.2.7',
    'fe80::1',
    undefined,
  ])
  const groups = ['192.0.2.7', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::9', '2001:db8::1', '::1', '1::'].map(addressGroup)
  expect(groups).toEqual([
    '192.0.2.7',
    '2001:db8:1:2::/64',
    '2001:db8:1:2::/64',
    '2001:db8:0:0::/64',
    '0:0:0:0::/64',
    '1:0:0:0::/64',
  ])
})
