import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { type Logger, silentLogger } from '@parlour/server-core'
import { describe, expect, test } from 'vitest'
import { socketPath } from '../administration/socket-path.ts'
import { createTestServer } from '../create-test-server.ts'
import { streamErrorOf } from '../stream-error-of.fixture.ts'
import { data, parlour, signIn, startServer, undo, withFolders } from './commands.fixture.ts'

withFolders()

describe('on a running server', () => {
  test('a new account can sign in at once', async () => {
    const server = await startServer()
    await parlour('user add alice@localhost', 'secret')
    expect((await signIn(server, 'alice', 'secret')).jid.bare.toString()).toBe('alice@localhost')
    expect((await parlour('user list')).output).toContain('online, 1 session')
  })

  test.each([
    ['user passwd', 'reset'],
    ['user remove', 'not-authorized'],
    ['user disable', 'not-authorized'],
  ])(
    'RFC 6120 §4.9.3: %s ends the sessions of the account with %s, and those of nobody else',
    async (command, condition) => {
      const server = await startServer()
      await parlour('user add alice@localhost', 'secret')
      await parlour('user add bob@localhost', 'secret')
      const [alice, bob] = [await signIn(server, 'alice', 'secret'), await signIn(server, 'bob', 'secret')]
      const end = streamErrorOf(alice)
      expect((await parlour(`${command} alice@localhost`, 'changed')).output).toContain('1 session ended.')
      expect(await end).toBe(condition)
      expect(bob.state.status).toBe('online')
      await expect(signIn(server, 'alice', 'secret')).rejects.toMatchObject({ code: 'authentication-failed' })
    },
  )

  test('status tells version, ports and counts, also as JSON', async () => {
    const server = await startServer()
    const { output } = await parlour('status')
    expect(output).toContain(`port ${server.listeners.starttls?.address.port} at 127.0.0.1`)
    expect(JSON.parse((await parlour('status --json')).output)).toMatchObject({ process: process.pid, sessions: 0 })
  })

  test('the socket is for its owner only, and goes with the server', async () => {
    const server = await startServer()
    const path = join(data, 'parlour.sock')
    expect([statSync(path).mode & 0o777, statSync(data).mode & 0o777]).toEqual([0o600, 0o700])
    await server.close()
    expect(await parlour('status')).toEqual({
      code: 1,
      output: '',
      errors: `no server runs on the data folder ${data}\n`,
    })
  })

  test('a socket that a killed server left behind is in nobody’s way', async () => {
    const server = await startServer()
    await server.close()
    writeFileSync(join(data, 'parlour.sock'), '')
    expect((await parlour('user list')).code).toBe(0)
    await startServer()
    expect((await parlour('status')).code).toBe(0)
  })

  test('a second server on the same folder is refused, and the first goes on', async () => {
    await startServer()
    await expect(createTestServer({ storage: 'sqlite', dataFolder: data })).rejects.toMatchObject({ code: 'locked' })
    expect((await parlour('status')).code).toBe(0)
  })

  const raw = (line: string): Promise<string> =>
    new Promise((resolve) => {
      let text = ''
      const socket = connectSocket(socketPath(data), () => socket.write(line))
      socket.on('data', (chunk) => {
        text += chunk
        if (text.endsWith('\n')) socket.destroy()
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(text))
    })

  test('one command too many is told so, and turned away in the log', async () => {
    const lines: string[] = []
    const warn = (_: unknown, text: string) => void lines.push(text)
    const logger: Logger = { ...silentLogger, warn, child: () => logger }
    undo.use(await createTestServer({ domain: 'localhost', storage: 'sqlite', dataFolder: data, logger }))
    const sockets = Array.from({ length: 16 }, () => connectSocket(socketPath(data)))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    const { code, errors } = await parlour('status')
    expect([code, errors]).toEqual([1, expect.stringContaining('too many commands under way')])
    expect(lines).toContain('a command was turned away: too many are under way')
    for (const socket of sockets) socket.destroy()
  })

  test.each([
    ['{"version":2,"id":7,"operation":"status","parameters":{}}\n', /"id":7,.*"version".*restart the server/],
    ['{"version":1,"id":1,"operation":"toString","parameters":{}}\n', /unknown-operation/],
    ['{"version":1,"id":1,"operation":"user.add","parameters":{"address":1}}\n', /bad-parameters/],
    ['not json\n', /"id":0,"error"/],
    [`${'x'.repeat(70_000)}\n`, /^$/],
  ])('%.60s is answered by %s, and the server goes on', async (line, answer) => {
    await startServer()
    expect(await raw(line)).toMatch(answer)
    expect((await parlour('status')).code).toBe(0)
  })
})
