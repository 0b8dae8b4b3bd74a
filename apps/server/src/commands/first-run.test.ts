/** The two commands and the text of the first start, followed word for word, as child processes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { connect, presence } from '@parlour/client'
import { message } from '@parlour/stanza'
import { afterEach, beforeEach, expect, test } from 'vitest'

const BIN = resolve(import.meta.dirname, '../bin.ts')
const FREE_PORTS = { PARLOUR_LISTEN_STARTTLS: '0', PARLOUR_LISTEN_DIRECT_TLS: '0', PARLOUR_MONITORING_PORT: '0' }

let folder: string
let undo: AsyncDisposableStack
beforeEach(() => {
  undo = new AsyncDisposableStack()
  folder = mkdtempSync(join(tmpdir(), 'parlour-first-run-'))
  undo.defer(() => rmSync(folder, { recursive: true }))
})
afterEach(() => undo.disposeAsync())

class Process {
  output = ''
  errors = ''
  readonly exit: Promise<{ code: number | null; signal: string | null }>
  readonly child: ChildProcess
  #look: () => void = () => {}

  constructor(args: readonly string[], environment: Record<string, string> = {}, input = '') {
    const { PATH = '' } = process.env
    this.child = spawn(process.execPath, ['--conditions=@parlour/source', BIN, ...args], {
      cwd: folder,
      env: { PATH, ...environment },
    })
    this.child.stdin?.end(input)
    this.child.stdout?.on('data', (chunk) => {
      this.output += chunk
      this.#look()
    })
    this.child.stderr?.on('data', (chunk) => {
      this.errors += chunk
      this.#look()
    })
    this.exit = new Promise((done) => this.child.once('close', (code, signal) => done({ code, signal })))
    undo.defer(async () => {
      this.child.kill('SIGKILL')
      await this.exit
    })
  }

  /** Resolves when what it wrote matches. */
  said(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((found, lost) => {
      this.#look = () => {
        const match = `${this.output}${this.errors}`.match(pattern)
        if (match) found(match)
      }
      this.#look()
      void this.exit.then(() => lost(new Error(`ended without ${pattern}:\n${this.output}${this.errors}`)))
    })
  }
}

const parlour = async (line: string, input = '', environment: Record<string, string> = {}) => {
  const command = new Process(line.split(' '), environment, input)
  const { code } = await command.exit
  return { code, output: command.output, errors: command.errors }
}

test('the first-run text, followed word for word, ends with two people talking', { timeout: 60_000 }, async () => {
  const server = new Process(['start'], FREE_PORTS)
  await server.said(/All commands|all commands/)
  const text = server.output
  const [, starttls] = text.match(/STARTTLS +port (\d+)/) ?? []
  expect(text).toContain('Parlour is running for localhost.')

  const additions = [...text.matchAll(/^ +parlour (user add .*)$/gm)].map(([, line]) => line as string)
  expect(additions).toEqual(['user add alice@localhost', 'user add bob@localhost'])
  for (const line of additions) expect(await parlour(line, 'secret\n')).toMatchObject({ code: 0, errors: '' })

  const clients = [...text.matchAll(/^ +parlour-client (\S+) --server (\S+) --ca (\S+)$/gm)]
  expect(clients.map(([, account]) => account)).toEqual(['alice@localhost', 'bob@localhost'])
  const [alice, bob] = await Promise.all(
    clients.map(async ([, jid = '', service = '', ca = '']) => {
      const client = undo.use(
        await connect({ jid, service, ca: readFileSync(join(folder, ca), 'utf8'), password: 'secret' }),
      )
      await client.use(presence).send()
      return client
    }),
  )
  expect(clients[0]?.[2]).toBe(`localhost:${starttls}`)
  const heard = bob?.messages()[Symbol.asyncIterator]().next()
  await alice?.send(message({ to: 'bob@localhost', type: 'chat', body: 'Hello, Bob!' }))
  expect(((await heard)?.value as { body?: string } | undefined)?.body).toBe('Hello, Bob!')
  await Promise.all([alice?.close(), bob?.close()])

  server.child.kill('SIGTERM')
  expect(await server.exit).toEqual({ code: 0, signal: null })
})

test('a later start says less; a second one on the same folder or port is told what to do', {
  timeout: 60_000,
}, async () => {
  await parlour('user add alice@localhost', 'secret\n')
  const server = new Process(['start'], FREE_PORTS)
  await server.said(/All commands/)
  expect(server.output.trim().split('\n')).toHaveLength(4)
  const [, starttls = ''] = server.output.match(/STARTTLS +port (\d+)/) ?? []

  const second = await parlour('start', '', FREE_PORTS)
  expect(second).toMatchObject({
    code: 1,
    output: '',
    errors: expect.stringContaining('uses the data folder ./parlour-data already'),
  })
  expect(second.errors).toContain(`process ${server.child.pid}`)

  const samePort = { ...FREE_PORTS, PARLOUR_LISTEN_STARTTLS: starttls }
  const third = await parlour('start --data-folder other', '', samePort)
  expect(third).toMatchObject({ code: 1, output: '' })
  expect(third.errors).toContain(`Port ${starttls} is taken by another program.`)
  expect(third.errors).toContain(`PARLOUR_LISTEN_STARTTLS=${(Number(starttls) % 50_000) + 10_000}`)

  server.child.kill('SIGHUP')
  await server.said(/nothing to read again: the certificate is the one for development/)
  server.child.kill('SIGINT')
  expect(await server.exit).toEqual({ code: 0, signal: null })
})

test('an error that nobody catches is logged, and ends the process with 1 after the storage was closed', {
  timeout: 60_000,
}, async () => {
  const plugin = `export default { name: 'broken', setup: () => { setTimeout(() => { throw new Error('out of the blue') }, 300); return [] } }`
  writeFileSync(join(folder, 'broken.mjs'), plugin)
  const server = new Process(['start'], { ...FREE_PORTS, PARLOUR_PLUGINS: './broken.mjs' })
  expect(await server.exit).toEqual({ code: 1, signal: null })
  const lines = server.errors
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines[0]).toMatchObject({ level: 50, error: { message: 'out of the blue', stack: expect.any(String) } })
  expect(lines.at(-1)).toMatchObject({ msg: 'stopped' })
  expect((await parlour('user list')).code).toBe(0)
})

test('nobody reads the log any more: the server goes on, and ends in order', { timeout: 60_000 }, async () => {
  const server = new Process(['start'], { ...FREE_PORTS, PARLOUR_LOG_LEVEL: 'debug' })
  await server.said(/All commands|all commands/)
  server.child.stdout?.destroy()
  server.child.stderr?.destroy()
  expect((await parlour('user add alice@localhost', 'secret\n')).code).toBe(0)
  expect((await parlour('status')).code).toBe(0)
  server.child.kill('SIGTERM')
  expect(await server.exit).toEqual({ code: 0, signal: null })
})

test('faults of the environment are told before anything is made', { timeout: 60_000 }, async () => {
  const { code, output, errors } = await parlour('start', '', { PARLOUR_LISTEN_STARTTLS: 'x', PARLOUR_DOMAINZ: 'y' })
  expect([code, output]).toEqual([3, ''])
  expect(errors).toMatch(/^The configuration has 2 faults:\n {2}PARLOUR_DOMAINZ .*\n {2}listen\.starttls .*\n$/)
  expect(existsSync(join(folder, 'parlour-data'))).toBe(false)
})
