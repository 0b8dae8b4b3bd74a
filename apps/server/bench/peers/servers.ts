import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { BenchError, type Lab, run } from './lab.ts'
import type { Scene } from './scene.ts'

/** Environment of a peer's script. */
type Settings = Readonly<Record<string, string>>

/** Whose figures stand in one column. */
export type ProductName = 'parlour' | 'prosody' | 'ejabberd'

/** A server under measurement, or two of one product that speak to each other. */
export interface BenchServer {
  readonly name: ProductName
  /** As shown in tables. */
  readonly title: string
  /** The servers of which it consists. */
  readonly members: readonly Member[]
  /** Starts it and waits until it takes connections. @throws BenchError */
  start(): Promise<void>
  stop(): Promise<void>
}

/** One server of a lab. */
export interface Member extends BenchServer {
  /** Its name in the lab's folder. */
  readonly id: string
  readonly place: Place
  /** Where clients connect. */
  readonly port: number
  readonly pid: number
}

/** Where a server stands. */
export interface Place {
  readonly address: string
  readonly domain: string
  /** The port for other servers; any if left out. */
  readonly serverPort?: number
}

const ALONE: Place = { address: '127.0.0.1', domain: 'xlab.test' }
/** Only this one is found without SRV records (RFC 6120 §3.2.2). */
const SERVER_PORT = 5269

/** Pairs that speak to each other, each domain at an address of its own; the certificate has the names of the first two. */
const PAIRS: Readonly<Record<ProductName, readonly [Place, Place]>> = {
  prosody: pairAt(2, 'a.test', 'b.test'),
  ejabberd: pairAt(4, 'c.test', 'd.test'),
  parlour: pairAt(6, 'e.test', 'f.test'),
}

function pairAt(number: number, first: string, second: string): readonly [Place, Place] {
  const place = (domain: string, index: number) => ({
    ...{ address: `127.0.0.${number + index}`, domain, serverPort: SERVER_PORT },
  })
  return [place(first, 0), place(second, 1)]
}

/** What all know of the pairs, in the form of `/etc/hosts`. */
export const hostsFile = (): string =>
  Object.values(PAIRS)
    .flat()
    .map(({ address, domain }) => `${address} ${domain} conference.${domain}\n`)
    .join('')

async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Prosody or ejabberd, through the script of the load generator's folder. */
class Peer implements Member {
  readonly name: 'prosody' | 'ejabberd'
  readonly title: string
  readonly id: string
  readonly place: Place
  readonly members = [this]
  port = 0
  pid = 0
  readonly #lab: Lab
  readonly #settings: Settings
  #ports: Record<string, string> = {}

  constructor(
    lab: Lab,
    name: 'prosody' | 'ejabberd',
    place: Place,
    { id = name, settings = {} }: { id?: string; settings?: Settings } = {},
  ) {
    this.#lab = lab
    this.#settings = settings
    this.name = name
    this.title = TITLES[name]
    this.place = place
    this.id = id
  }

  async start(): Promise<void> {
    const { address, serverPort } = this.place
    this.port = await freePort(address)
    const [tlsPort, otherPort] = [await freePort(address), serverPort ?? (await freePort(address))]
    this.#ports = { C2S: String(this.port), C2SS: String(tlsPort), S2S: String(otherPort) }
    const { code, output, errors } = await this.#script('start')
    if (code !== 0) throw new BenchError(`${this.id} did not start: ${output}${errors}`)
    this.pid = Number((await this.#script('pid')).output)
  }

  async stop(): Promise<void> {
    if (this.pid) await this.#script('stop')
    this.pid = 0
  }

  #script(command: string) {
    const { address, domain } = this.place
    const place = { LAB: this.#lab.folder, NAME: this.id, DOMAIN: domain, IP: address }
    const tuned = this.name === 'prosody' ? { GC: 'generational', NAGLE: '0' } : {}
    const environment = { ...place, ...tuned, ...this.#settings, ...this.#ports }
    return run('bash', [`peers/${this.name}.sh`, command], this.#lab.tools, environment)
  }
}

/** Parlour from its sources, as `createServer` runs it. */
class Parlour implements Member {
  readonly name = 'parlour'
  readonly title = TITLES.parlour
  readonly id: string
  readonly place: Place
  readonly members = [this]
  port = 0
  pid = 0
  readonly #lab: Lab
  readonly #accounts: number
  readonly #archives: boolean
  #child: ChildProcess | undefined

  constructor(
    lab: Lab,
    accounts: number,
    place: Place,
    { id = 'parlour', archives = false }: { id?: string; archives?: boolean } = {},
  ) {
    this.#lab = lab
    this.#archives = archives
    this.#accounts = accounts
    this.place = place
    this.id = id
  }

  async start(): Promise<void> {
    const program = join(import.meta.dirname, 'parlour-server.ts')
    const { address, domain, serverPort = '' } = this.place
    const hosts = Object.fromEntries(PAIRS.parlour.map((other) => [other.domain, otherServer(other)]))
    const child = spawn(
      process.execPath,
      ['--conditions=@parlour/source', ...(process.env.PARLOUR_NODE_OPTIONS ?? '').split(' ').filter(Boolean), program],
      {
        env: {
          ...{ ...process.env, LAB: this.#lab.folder, ACCOUNTS: String(this.#accounts), NAME: this.id },
          ...{ ADDRESS: address, DOMAIN: domain, SERVER_PORT: String(serverPort), HOSTS: JSON.stringify(hosts) },
          ARCHIVE: this.#archives ? '1' : '',
        },
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

/** Two servers of one product. */
class Pair implements BenchServer {
  readonly name: ProductName
  readonly title: string
  readonly members: readonly [Member, Member]

  constructor(first: Member, second: Member) {
    this.name = first.name
    this.title = first.title
    this.members = [first, second]
  }

  async start(): Promise<void> {
    for (const member of this.members) await member.start()
  }

  async stop(): Promise<void> {
    for (const member of this.members) await member.stop()
  }
}

/** Prosody with the generational collector and without Nagle's delay is the mark to beat. */
const TITLES: Readonly<Record<ProductName, string>> = {
  parlour: 'Parlour',
  prosody: 'Prosody tuned',
  ejabberd: 'ejabberd',
}

const otherServer = ({ address, serverPort }: Place) => [{ host: address, port: serverPort }]

/** Settings of the peers' scripts for the servers that archive. */
const ARCHIVES: Readonly<Record<'archive-sqlite' | 'archive-own', Readonly<Record<'prosody' | 'ejabberd', Settings>>>> =
  {
    'archive-sqlite': { prosody: { MAM: '1', STORE: 'sqlite' }, ejabberd: { MAM: '1', MAMDB: 'sql' } },
    'archive-own': { prosody: { MAM: '1' }, ejabberd: { MAM: '1' } },
  }

/** The servers of each product that a scene needs. */
export function benchServers(lab: Lab, scene: Scene, accounts: number): readonly BenchServer[] {
  if (scene === 'across') return benchPairs(lab, accounts)
  if (scene === 'alone')
    return [new Parlour(lab, accounts, ALONE), new Peer(lab, 'prosody', ALONE), new Peer(lab, 'ejabberd', ALONE)]
  const peer = (name: 'prosody' | 'ejabberd') =>
    new Peer(lab, name, ALONE, { id: `${name}-${scene}`, settings: ARCHIVES[scene][name] })
  const own = new Parlour(lab, accounts, ALONE, { id: `parlour-${scene}`, archives: true })
  return [own, peer('prosody'), peer('ejabberd')]
}

/** Two servers of each product, for what goes from one to the other. */
function benchPairs(lab: Lab, accounts: number): readonly BenchServer[] {
  const pairOf = (name: ProductName) => {
    const [first, second] = PAIRS[name].map((place) => {
      const id = `${name}-${place.domain}`
      return name === 'parlour' ? new Parlour(lab, accounts, place, { id }) : new Peer(lab, name, place, { id })
    })
    return new Pair(first as Member, second as Member)
  }
  return [pairOf('parlour'), pairOf('prosody'), pairOf('ejabberd')]
}
