import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerOptions } from '@parlour/server'
import { Child } from './child.ts'
import { until } from './waiting.ts'

const PROGRAM = join(import.meta.dirname, 'server-program.ts')

/** A Parlour server in its own process, with a data folder of its own and free ports. */
export interface ServerProcess extends AsyncDisposable {
  readonly host: '127.0.0.1'
  readonly starttls: number
  readonly directTls: number
  /** PEM file of the certificate authority to trust. */
  readonly authority: string
  readonly folder: string
  readonly child: Child
  createAccount(address: string, password: string): Promise<void>
  /** Has the server collect its garbage. */
  collect(): Promise<void>
}

/** Starts it; `folder` keeps the data of an earlier one, and is then not removed at the end. */
export async function startServerProcess(
  options: Omit<ServerOptions, 'logger' | 'extraModules'> = {},
  folder?: string,
): Promise<ServerProcess> {
  const own = folder ?? mkdtempSync(join(tmpdir(), 'parlour-server-'))
  const configuration = {
    listen: { address: '127.0.0.1', starttls: 0, directTls: 0 },
    monitoring: { port: false },
    dataFolder: join(own, 'data'),
    ...options,
  }
  const child = new Child(process.execPath, [
    '--expose-gc',
    '--conditions=@parlour/source',
    PROGRAM,
    JSON.stringify(configuration),
  ])
  await using undo = new AsyncDisposableStack()
  if (folder === undefined) undo.defer(() => rmSync(own, { recursive: true, force: true }))
  undo.defer(() => child.end())
  const [, text = ''] = await child.line(/^ready (.*)/, 30_000)
  const started = undo.move()
  const { starttls, directTls, authority } = JSON.parse(text)
  return {
    ...{ host: '127.0.0.1', starttls, directTls, authority, folder: own, child },
    async createAccount(address, password) {
      child.write(`${address} ${password}`)
      const [line] = await child.line(new RegExp(`^(not )?made ${address}( .*)?$`), 10_000)
      if (line.startsWith('not')) throw new Error(line)
    },
    async collect() {
      const collected = child.transcript.filter((line) => line === 'collected').length
      child.write('collect')
      const more = () => child.transcript.filter((line) => line === 'collected').length > collected
      await until(more, 20_000, 'garbage collection')
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
