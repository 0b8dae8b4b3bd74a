import { parseJid } from '@parlour/jid'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { FakeEnvironment } from '@parlour/testing'
import type { SubjectAlternativeName } from '@parlour/tls-negotiation'
import {
  type Connection,
  createMemoryPair,
  type StartTlsOptions,
  type TlsSecurity,
  TransportError,
} from '@parlour/transport'
import { ClientSession } from '../client-session.ts'
import { Guest, quickCrypto } from '../kernel.fixture.ts'
import { createKernel, type Kernel } from '../kernel.ts'
import { type Logger, silentLogger } from '../logger.ts'
import type { AnyServerModule } from '../module-loader.ts'
import { acceptServerStream } from './join.ts'
import type { FederationLimits, FederationOptions } from './options.ts'
import type { ServerTarget } from './server-connector.ts'

/** What an end of a connection presents: names, and why its chain is not accepted, if it is not. */
export interface Presented {
  readonly names: readonly string[]
  readonly fault?: string
}

/** A memory connection whose peer presents a certificate. */
class CertifiedConnection implements Connection {
  readonly #inner: Connection
  readonly #peer: Presented | undefined
  security: TlsSecurity | undefined
  /** Nothing arrives and nothing leaves any more, and nobody is told. */
  isSilent = false
  /** Nobody is told that it is closed, until it is destroyed here. */
  isOblivious = false
  #untold: (() => void) | undefined

  constructor(inner: Connection, peer: Presented | undefined) {
    this.#inner = inner
    this.#peer = peer
  }

  get remoteAddress() {
    return this.#inner.remoteAddress
  }
  get bufferedBytes() {
    return this.#inner.bufferedBytes
  }
  onData(callback: (chunk: Uint8Array | string) => void) {
    this.#inner.onData((chunk) => {
      if (!this.isSilent) callback(chunk)
    })
  }
  onClose(callback: (error?: Error) => void) {
    this.#inner.onClose((error) => {
      if (this.isOblivious) this.#untold = () => callback(error)
      else callback(error)
    })
  }
  onDrain(callback: () => void) {
    this.#inner.onDrain(callback)
  }
  write(text: string) {
    if (!this.isSilent) this.#inner.write(text)
  }
  pause() {
    this.#inner.pause()
  }
  resume() {
    this.#inner.resume()
  }
  end() {
    this.#inner.end()
  }
  destroy(error?: Error) {
    this.isOblivious = false
    this.#inner.destroy(error)
    if (this.#untold) setImmediate(this.#untold)
    this.#untold = undefined
  }
  async startTls(options?: StartTlsOptions) {
    await this.#inner.startTls(options)
    const peer = this.#peer
    this.security = {
      ...(this.#inner.security as TlsSecurity),
      peerCertificate: () => peer && Buffer.from(JSON.stringify(peer.names)),
      peerCertificateChain: () => (peer ? [Buffer.from(JSON.stringify(peer.names))] : []),
      verifyPeerChain: async () => peer?.fault,
    }
  }
}

/** A connection that two servers have made, as the network sees it. */
export interface Wire {
  readonly from: string
  readonly to: string
  /** Both ends hear that it broke. */
  cut(): void
  /** It breaks, and only who connected hears of it. */
  halfOpen(): void
  /** Nothing passes any more, and nobody hears of it. */
  silence(): void
}

/** A turn of the event loop, and time for WebCrypto, whose threads other work may keep waiting. */
export async function eventLoopTurn(): Promise<void> {
  await crypto.subtle.digest('SHA-256', new Uint8Array(1))
  await new Promise((resolve) => setImmediate(resolve))
}

/** A network of servers in memory: names instead of addresses, and what each presents as its certificate. */
export class Network {
  readonly environment = new FakeEnvironment()
  readonly wires: Wire[] = []
  readonly #listeners = new Map<string, (connection: Connection) => void>()
  readonly #certificates = new Map<string, Presented>()
  /** Octets of each chunk, for parsers that should meet every split. */
  chunkBytes: number | undefined

  listen(domain: string, accept: (connection: Connection) => void): void {
    this.#listeners.set(domain, accept)
  }

  leave(domain: string): void {
    this.#listeners.delete(domain)
  }

  /** What servers present in the name of this domain. */
  certify(domain: string, presented: Presented | undefined): void {
    if (presented) this.#certificates.set(domain, presented)
    else this.#certificates.delete(domain)
  }

  locate(domain: string): Promise<readonly ServerTarget[]> {
    return domain.endsWith('.invalid')
      ? Promise.reject(Object.assign(new Error(`no such name: ${domain}`), { code: 'not-found' }))
      : Promise.resolve([{ host: domain, port: 5269, security: 'starttls' }])
  }

  /** The client's end of a new connection. */
  connect(local: string, remote: string): Connection {
    const accept = this.#listeners.get(remote)
    if (!accept) throw new TransportError('refused', `nobody listens at ${remote}`)
    const options = this.chunkBytes === undefined ? {} : { chunkBytes: this.chunkBytes }
    const [client, server] = createMemoryPair({ ...options, remoteAddress: '192.0.2.1' })
    const ours = new CertifiedConnection(client, this.#certificates.get(remote))
    const theirs = new CertifiedConnection(server, this.#certificates.get(local))
    this.wires.push({
      from: local,
      to: remote,
      cut: () => ours.destroy(new Error('cut')),
      halfOpen: () => {
        theirs.isOblivious = true
        ours.destroy(new Error('cut'))
      },
      silence: () => {
        ours.isSilent = true
        theirs.isSilent = true
      },
    })
    accept(theirs)
    return ours
  }

  /** Waits until nothing happens any more but by the clock. What waits for WebCrypto takes longer than other promises. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) await eventLoopTurn()
  }

  /** Waits until something is so; asks every turn of the event loop. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    for (let turn = 0; turn < 2_000; turn++) {
      if (isSo()) return
      await eventLoopTurn()
    }
    throw new Error(`never: ${what}`)
  }

  /** Moves the clock, in steps, with time for what follows from each. */
  async pass(milliseconds: number, step = 1_000): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) {
      this.environment.advance(Math.min(step, left))
      await this.settle()
    }
  }
}

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface ServerOptions extends Partial<Omit<FederationOptions, 'limits'>> {
  readonly limits?: Partial<FederationLimits>
  /** Presented in the name of the domain; `undefined`: a good one for the domain. */
  readonly certificate?: Presented | 'none'
  readonly hosts?: readonly string[]
  readonly modules?: readonly AnyServerModule[]
  /** Of an earlier one; without, one of its own. */
  readonly storage?: Storage
}

/** A server of one domain in a network, with one account, `user`. */
export class Server {
  readonly domain: string
  readonly network: Network
  readonly lines: LogLine[] = []
  kernel!: Kernel

  private constructor(domain: string, network: Network) {
    this.domain = domain
    this.network = network
  }

  static async start(network: Network, domain: string, options: ServerOptions = {}): Promise<Server> {
    const server = new Server(domain, network)
    const { certificate, hosts = [domain], storage = createMemoryStorage(), ...federation } = options
    const host = { resourceConflict: 'replace' as const, maxSessionsPerAccount: 10, modules: {} }
    server.kernel = await createKernel({
      environment: network.environment,
      storage,
      log: server.#log(),
      modules: options.modules ?? [],
      hosts: hosts.map((name) => ({ ...host, domain: name })),
      authentication: { mechanisms: ['SCRAM-SHA-1'], iterations: 4096, crypto: quickCrypto },
      federation: { ...server.#options(), ...federation },
    })
    for (const name of hosts)
      if (!options.storage) await server.kernel.accounts.create(parseJid(`user@${name}`), 'secret')
    if (certificate !== 'none') network.certify(domain, certificate ?? { names: [domain] })
    network.listen(domain, (connection) => acceptServerStream(connection, server.kernel))
    return server
  }

  /** Binds a resource of an account. */
  async connect(address = `user@${this.domain}/here`): Promise<Guest> {
    const jid = parseJid(address)
    const host = this.kernel.router.host(jid.domain)
    const guest = new Guest()
    const session = host && (await this.kernel.bind(host, jid.bare, jid.resource, guest))
    if (!(session instanceof ClientSession)) throw session
    guest.session = session
    await guest.say('<presence/>')
    guest.look()
    return guest
  }

  warnings(): string[] {
    return this.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
  }

  errors(): string[] {
    return this.lines.filter(({ level }) => level === 'error').map(({ message }) => message)
  }

  #options(): FederationOptions {
    const { network } = this
    return {
      connector: {
        locate: (domain) => network.locate(domain),
        connect: async (_, { local, remote }) => network.connect(local, remote),
      },
      certificateNames: (der) =>
        (JSON.parse(Buffer.from(der).toString()) as string[]).map(
          (value): SubjectAlternativeName => ({ type: 'dns', value }),
        ),
    }
  }

  #log(): Logger {
    const write = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) =>
      void this.lines.push({ level, message, fields })
    const log: Logger = {
      ...silentLogger,
      ...{ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
      child: () => log,
    }
    return log
  }
}
