import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectPlain, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createComponent } from '@parlour/component'
import { silentLogger } from '@parlour/server-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigurationError, createTestServer, type Server, type ServerOptions } from './index.ts'

const SECRET = 'a secret of two programs'
const DOMAIN = 'echo.localhost'

let undo: AsyncDisposableStack
beforeEach(() => {
  undo = new AsyncDisposableStack()
})
afterEach(() => undo.disposeAsync())

const serve = async ({ listen, ...options }: ServerOptions): Promise<Server> =>
  undo.use(await createTestServer({ domain: 'localhost', listen: { components: 0, ...listen }, ...options }))

/** Opens a stream, proves itself, and answers with what the server said last. */
function introduce(socket: Socket, secret: string): Promise<string> {
  const header = `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='${DOMAIN}'>`
  socket.write(header)
  let heard = ''
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      heard += chunk
      const id = /\bid='([^']+)'/.exec(heard)?.[1]
      const digest = createHash('sha1').update(`${id}${secret}`).digest('hex')
      if (heard.endsWith("streams'>")) socket.write(`<handshake>${digest}</handshake>`)
      else if (/<handshake\/>|<\/stream:stream>/.test(heard)) resolve(heard)
    })
  })
}

const portOf = ({ components }: Server) => components?.listener?.address.port ?? 0

function open(port: number): Socket {
  const socket = connectPlain(port, '127.0.0.1')
  undo.defer(() => void socket.destroy())
  return socket
}

test('a component with its secret in the configuration; where it stands is told', async () => {
  const server = await serve({ components: [{ domain: DOMAIN, secret: SECRET }] })
  expect(server.components?.listener?.address.host).toBe('127.0.0.1')
  expect(await introduce(open(portOf(server)), 'of another')).toContain('<not-authorized')
  expect(server.components?.list()).toMatchObject([{ domain: DOMAIN, connected: false }])
  expect(await introduce(open(portOf(server)), SECRET)).toContain('<handshake/>')
  expect(server.components?.list()).toMatchObject([{ domain: DOMAIN, connected: true, secure: false }])
  expect(server.status().listening).toContainEqual({ kind: 'components', address: '127.0.0.1', port: portOf(server) })
})

test('the secret in a file, without the end of line that editors add', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-components-'))
  undo.defer(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`)
  const server = await serve({ components: [{ domain: DOMAIN, secretFile: join(folder, 'secret') }] })
  expect(await introduce(open(portOf(server)), SECRET)).toContain('<handshake/>')
  writeFileSync(join(folder, 'empty'), '\n')
  for (const [file, reason] of [
    ['empty', 'which is empty'],
    ['none', 'cannot be read'],
  ] as const) {
    const fault = serve({ components: [{ domain: DOMAIN, secretFile: join(folder, file) }] })
    await expect(fault).rejects.toThrow(ConfigurationError)
    await expect(fault).rejects.toThrow(reason)
  }
})

test('listen.componentsTls: TLS from the first byte, with the certificate of the server', async () => {
  const server = await serve({ components: [{ domain: DOMAIN, secret: SECRET }], listen: { componentsTls: true } })
  const where = { domain: DOMAIN, secret: SECRET, port: portOf(server), tls: true, servername: 'localhost' }
  const component = undo.use(createComponent({ ...where, ca: server.developmentAuthorityPem ?? '' }))
  await component.online()
  expect(server.components?.list()).toMatchObject([{ connected: true, secure: true }])
  const stranger = undo.use(createComponent({ ...where, reconnection: false }))
  await expect(stranger.online()).rejects.toMatchObject({ code: 'tls-failed' })
})

test('without components there is no port; with `false` neither; plain on other addresses is warned of, without the secret', async () => {
  expect((await serve({})).components).toBeUndefined()
  const components = [{ domain: DOMAIN, secret: SECRET }]
  const closed = await serve({ components, listen: { components: false } })
  expect([closed.components?.listener, closed.components?.list().length]).toEqual([undefined, 1])
  const lines: unknown[] = []
  const note = (...line: unknown[]) => void lines.push(line)
  const logger = { ...silentLogger, info: note, warn: note, error: note, debug: note, child: () => logger }
  const server = await serve({ components, listen: { componentsAddress: '0.0.0.0' }, logger })
  expect(lines).toContainEqual([{ host: '0.0.0.0', port: portOf(server) }, expect.stringContaining('without TLS')])
  await introduce(open(portOf(server)), 'of another')
  expect(JSON.stringify(lines)).toContain('not-authorized')
  expect(JSON.stringify(lines)).not.toContain(SECRET)
})
