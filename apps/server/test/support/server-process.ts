import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerOptions } from '@parlour/server'
import type { LinkReport } from '@parlour/server-core'
import { Child } from './child.ts'
import { until, withTimeLimit } from './waiting.ts'

const PROGRAM = join(import.meta.dirname, 'server-program.ts')

/** A Parlour server in its own process, with a data folder of its own and free ports. */
export interface ServerProcess extends AsyncDisposable {
  readonly host: '127.0.0.1'
  readonly starttls: number
  readonly directTls: number
  /** The port for other servers; undefined without federation. */
  readonly server: number | undefined
  /** The same with TLS from the first octet on. */
  readonly serverDirectTls: number | undefined
  /** PEM file of the certificate authority to trust. */
  readonly authority: string
  readonly folder: string
  readonly child: Child
  createAccount(address: string, password: string): Promise<void>
  /** Has the server collect its garbage. */
  collect(): Promise<void>
  /** Bytes that something holds, once the garbage is collected. */
  heldBytes(): Promise<number>
  /** Links to other servers as the server itself sees them. */
  links(): Promise<LinkReport[]>
  /** How many timers run. */
  timers(): Promise<number>
  /** Milliseconds of processor time so far. */
  processorTime(): Promise<number>
}

/**
 * Starts it; `folder` keeps the data of an earlier one, and is then not removed at the end; `environment` is added to this
 * process's own.
 */
export async function startServerProcess(
  options: Omit<ServerOptions, 'logger' | 'extraModules'> = {},
  folder?: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  const own = folder ?? mkdtempSync(join(tmpdir(), 'parlour-server-'))
  const configuration = {
    listen: { address: '127.0.0.1', starttls: 0, directTls: 0 },
    monitoring: { port: false },
    dataFolder: join(own, 'data'),
    ...options,
  }
  const program = ['--expose-gc', '--conditions=@parlour/source', PROGRAM, JSON.stringify(configuration)]
  const child = new Child(process.execPath, program, { env: { ...process.env, ...environment } })
  await using undo = new AsyncDisposableStack()
  if (folder === undefined) undo.defer(() => rmSync(own, { recursive: true, force: true }))
  undo.defer(() => child.end())
  const [, text = ''] = await child.line(/^ready (.*)/, 120_000)
  const started = undo.move()
  const { starttls, directTls, server, serverDirectTls, authority } = JSON.parse(text)
  return {
    ...{ host: '127.0.0.1', starttls, directTls, server, serverDirectTls, authority, folder: own, child },
    async createAccount(address, password) {
      child.write(`${address} ${password}`)
      const [line] = await child.line(new RegExp(`^(not )?made ${address}( .*)?$`), 10_000)
      if (line.startsWith('not')) throw new Error(line)
    },
    collect: () => collect(child),
    async heldBytes() {
      await collect(child)
      const { heapUsed, external } = await ask<NodeJS.MemoryUsage>(child, 'memory')
      return heapUsed + external
    },
    links: () => ask<LinkReport[]>(child, 'links'),
    timers: () => ask<number>(child, 'timers'),
    async processorTime() {
      const { user, system } = await ask<NodeJS.CpuUsage>(child, 'processor')
      return (user + system) / 1000
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

async function collect(child: Child): Promise<void> {
  const count = () => child.transcript.filter((line) => line === 'collected').length
  const before = count()
  child.write('collect')
  await until(() => count() > before, 20_000, 'garbage collection')
}

/** What the server reports; who asks twice at once may get the same. */
function ask<Report>(child: Child, what: string): Promise<Report> {
  const answer = new Promise<Report>((resolve) => {
    const stop = child.onLine((line) => {
      if (!line.startsWith(`${what} `)) return
      stop()
      resolve(JSON.parse(line.slice(what.length)))
    })
  })
  child.write(what)
  return withTimeLimit(answer, 20_000, what)
}
