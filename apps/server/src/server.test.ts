import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, connect, presence } from '@parlour/client'
import { message } from '@parlour/stanza'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestServer, defineServerModule, type Server, type ServerOptions } from './index.ts'
import { streamErrorOf } from './stream-error-of.fixture.ts'

let undo: AsyncDisposableStack
beforeEach(() => {
  undo = new AsyncDisposableStack()
})
afterEach(() => undo.disposeAsync())

const serve = async (options: ServerOptions = {}): Promise<Server> =>
  undo.use(await createTestServer({ domain: 'localhost', monitoring: { port: 0 }, ...options }))

async function signIn(server: Server, name: string): Promise<Client> {
  await server.addAccount(`${name}@localhost`, 'secret')
  return undo.use(
    await connect({
      ...{ jid: `${name}@localhost`, password: 'secret', reconnection: false },
      service: `127.0.0.1:${server.listeners.starttls?.address.port}`,
      ca: server.developmentAuthorityPem ?? '',
    }),
  )
}

test.each([[['SCRAM-SHA-256']], [['PLAIN']], [['SCRAM-SHA-1', 'PLAIN']], [['SCRAM-SHA-256-PLUS']]] as const)(
  'XEP-0440 §3, rule 5: channel bindings are told of only where a mechanism uses them: %s',
  async (mechanisms) => {
    const server = await serve({ authentication: { mechanisms: [...mechanisms] } })
    expect((await signIn(server, 'alice')).state.status).toBe('online')
  },
)

describe('closing', () => {
  test('RFC 6120 §4.9.3.20: every stream ends with system-shutdown, in order, and soon', async () => {
    const server = await serve()
    const clients = [await signIn(server, 'alice'), await signIn(server, 'bob')]
    const ends = clients.map(streamErrorOf)
    const start = performance.now()
    await server.close()
    expect(await Promise.all(ends)).toEqual(['system-shutdown', 'system-shutdown'])
    expect(performance.now() - start).toBeLessThan(3000)
    await server.close()
  })

  test('what a module is still writing for a client is finished before the storage closes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parlour-closing-'))
    undo.defer(() => rmSync(folder, { recursive: true }))
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const slow = defineServerModule({
      name: 'slow',
      setup: (host) => [
        host.on(
          'archive',
          async () => {
            begin()
            for (let at = 0; at < 5; at++) await host.store('steps').put('alice@localhost', at, `${at}`)
            return undefined
          },
          { direction: 'outbound' },
        ),
      ],
    })
    const options = { storage: 'sqlite', dataFolder: join(folder, 'data'), extraModules: [slow] } as const
    const server = await serve(options)
    const alice = await signIn(server, 'alice')
    await alice.send(message({ to: 'alice@localhost', body: 'one' }))
    await begun
    await server.close()
    const again = await serve(options)
    expect([...(await again.storage.list('slow/steps', 'alice@localhost')).values()]).toEqual([0, 1, 2, 3, 4])
    expect(existsSync(join(folder, 'data', 'parlour.sock'))).toBe(true)
  })

  test('a connection that says nothing does not hold it up', async () => {
    const server = await serve()
    const socket = connectSocket(server.listeners.starttls?.address.port ?? 0, '127.0.0.1')
    socket.on('error', () => {})
    undo.defer(() => void socket.destroy())
    await new Promise((resolve) => socket.once('connect', resolve))
    const start = performance.now()
    await server.close()
    expect(performance.now() - start).toBeLessThan(8000)
  }, 15_000)
})

describe('monitoring', () => {
  const get = (server: Server, path: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${server.monitoring?.port}${path}`, { method })

  test('/metrics tells sessions, sign-ins and stanzas in the format of Prometheus', async () => {
    const server = await serve()
    const alice = await signIn(server, 'alice')
    const arrived = alice.messages()[Symbol.asyncIterator]().next()
    await alice.use(presence).send()
    await alice.send(message({ to: 'alice@localhost', body: 'one' }))
    await arrived
    const answer = await get(server, '/metrics')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    const text = await answer.text()
    for (const line of [
      ...['parlour_sessions 1', 'parlour_sign_ins_total 1', 'parlour_accounts_online 1', 'parlour_connections 1'],
      ...['parlour_stanzas_total{kind="message"} 1', 'parlour_stanzas_total{kind="presence"} 1'],
      ...['parlour_internal_errors_total 0', '# TYPE parlour_stanzas_total counter'],
    ])
      expect(text.split('\n')).toContain(line)
    for (const line of text.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|[a-z_]+(\{\w+="[^"]*"\})? -?[\d.]+(e[+-]?\d+)?)$/)
  })

  test('/health is 200 while the storage answers, 503 when it does not', async () => {
    const server = await serve()
    expect((await get(server, '/health')).status).toBe(200)
    await server.storage[Symbol.asyncDispose]()
    const answer = await get(server, '/health')
    expect([answer.status, ((await answer.json()) as { status: string }).status]).toEqual([503, 'failing'])
  })

  test('anything else is refused', async () => {
    const server = await serve()
    expect([(await get(server, '/')).status, (await get(server, '/metrics', 'POST')).status]).toEqual([404, 405])
  })
})

describe('createServer', () => {
  test('what fails half-way leaves nothing open', async () => {
    const first = await serve()
    const port = first.listeners.starttls?.address.port ?? 0
    const failing = { listen: { address: '127.0.0.1', starttls: 0, directTls: port } }
    await expect(createTestServer(failing)).rejects.toMatchObject({ cause: { code: 'EADDRINUSE', port } })
  })

  test('several domains, each with its accounts', async () => {
    const server = undo.use(await createTestServer({ domains: ['localhost', 'example.org'] }))
    await server.addAccount('alice@example.org', 'secret')
    expect(await server.kernel.accounts.list('localhost')).toEqual([])
    expect((await server.kernel.accounts.list('example.org')).map(String)).toEqual(['alice@example.org'])
  })

  test('limits.maxConnectionsPerAddress: one more connection from the same address is closed', async () => {
    const server = await serve({ limits: { maxConnectionsPerAddress: 2 } })
    const open = () => connectSocket(server.listeners.starttls?.address.port ?? 0, '127.0.0.1').on('error', () => {})
    const sockets = [open(), open(), open()]
    undo.defer(() => {
      for (const socket of sockets) socket.destroy()
    })
    const [, , third] = sockets
    expect(await new Promise((resolve) => third?.once('close', () => resolve('closed')))).toBe('closed')
  })
})
