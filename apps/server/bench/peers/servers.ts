import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { BenchError, type Lab, run } from './lab.ts'

/** A server under measurement. */
export interface BenchServer {
  readonly name: 'parlour' | 'prosody' | 'ejabberd'
  /** As shown in tables. */
  readonly title: string
  readonly port: number
  readonly pid: number
  /** Starts it and waits until it takes connections. @throws BenchError */
  start(): Promise<void>
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Prosody or ejabberd, through the script of the load generator's folder. */
class Peer implements BenchServer {
  readonly name: 'prosody' | 'ejabberd'
  readonly title: string
  port = 0
  pid = 0
  readonly #lab: Lab
  readonly #settings: Readonly<Record<string, string>>
  #ports: Record<string, string> = {}

  constructor(lab: Lab, name: 'prosody' | 'ejabberd', title: string, settings: Readonly<Record<string, string>>) {
    this.#lab = lab
    this.name = name
    this.title = title
    this.#settings = settings
  }

  async start(): Promise<void> {
    this.port = await freePort()
    this.#ports = { C2S: String(this.port), C2SS: String(await freePort()), S2S: String(await freePort()) }
    const { code, output, errors } = await this.#script('start')
    if (code !== 0) throw new BenchError(`${this.name} did not start: ${output}${errors}`)
    this.pid = Number((await this.#script('pid')).output)
  }

  async stop(): Promise<void> {
    if (this.pid) await this.#script('stop')
    this.pid = 0
  }

  #script(command: string) {
    const environment = { LAB: this.#lab.folder, NAME: this.name, ...this.#settings, ...this.#ports }
    return run('bash', [`peers/${this.name}.sh`, command], this.#lab.tools, environment)
  }
}

/** Parlour from its sources, as `createServer` runs it. */
class Parlour implements BenchServer {
  readonly name = 'parlour'
  readonly title = 'Parlour'
  port = 0
  pid = 0
  readonly #lab: Lab
  readonly #accounts: number
  #child: ChildProcess | undefined

  constructor(lab: Lab, accounts: number) {
    this.#lab = lab
    this.#accounts = accounts
  }

  async start(): Promise<void> {
    const program = join(import.meta.dirname, 'parlour-server.ts')
    const child = spawn(
      process.execPath,
      ['--conditions=@parlour/source', ...(process.env.PARLOUR_NODE_OPTIONS?.split(' ') ?? []), program],
      {
        env: { ...process.env, LAB: this.#lab.folder, ACCOUNTS: String(this.#accounts) },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    )
    this.#child = child
    const ended = once(child, 'exit').then(() => Promise.reject(new BenchError('Parlour did not start')))
    const [port] = await Promise.race([once(child, 'message'), ended])
    ended.catch(() => undefined)
    this.port = port
    this.pid = child.pid as number
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    child.kill()
    await once(child, 'exit')
  }
}

/** The servers of this run; Prosody with the generational collector and without Nagle's delay is the mark to beat. */
export function benchServers(lab: Lab, accounts: number): readonly BenchServer[] {
  return [
    new Parlour(lab, accounts),
    new Peer(lab, 'prosody', 'Prosody tuned', { GC: 'generational', NAGLE: '0' }),
    new Peer(lab, 'ejabberd', 'ejabberd', {}),
  ]
}
