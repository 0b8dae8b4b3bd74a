import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { type Jid, parseJid } from '@parlour/jid'
import type { HashName, SaslCrypto } from '@parlour/sasl'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import { parseXml } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'
import { ClientSession } from './client-session.ts'
import type { HostOptions } from './host.ts'
import { createKernel, type Kernel } from './kernel.ts'
import { type Logger, silentLogger } from './logger.ts'
import type { AnyServerModule } from './module-loader.ts'
import { settled } from './presence/scene.fixture.ts'
import type { StreamManagementOptions } from './stream-management/options.ts'

const LENGTHS = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 } as const
const nameOf = (hash: HashName) => hash.replace('-', '').toLowerCase()

/** One round whatever is asked for: tests of the kernel are not about passwords. */
export const quickCrypto: SaslCrypto = {
  digest: (hash, message) => createHash(nameOf(hash)).update(message).digest(),
  hmac: (hash, key, message) => createHmac(nameOf(hash), key).update(message).digest(),
  pbkdf2: (hash, password, salt) => pbkdf2Sync(password, salt, 1, LENGTHS[hash], nameOf(hash)),
}

/** A logger that remembers what is an error. */
export function recordingLog(): Logger & {
  readonly errors: { message: string; fields: Readonly<Record<string, unknown>> }[]
} {
  const errors: { message: string; fields: Readonly<Record<string, unknown>> }[] = []
  const log = {
    ...silentLogger,
    errors,
    error: (fields: Readonly<Record<string, unknown>>, message: string) => void errors.push({ message, fields }),
  }
  return { ...log, child: () => log }
}

export interface StandOptions {
  readonly modules?: readonly AnyServerModule[]
  readonly host?: Partial<HostOptions>
  readonly storage?: Storage
  readonly accounts?: readonly string[]
  readonly environment?: Environment
  readonly streamManagement?: Partial<StreamManagementOptions>
}

/** A kernel of `example.com` and `example.net` with modules, accounts and a log, but without sockets. */
export class Stand {
  readonly kernel: Kernel
  readonly storage: Storage
  readonly log: ReturnType<typeof recordingLog>

  private constructor(kernel: Kernel, storage: Storage, log: ReturnType<typeof recordingLog>) {
    this.kernel = kernel
    this.storage = storage
    this.log = log
  }

  static async open({
    modules = [],
    host = {},
    storage = createMemoryStorage(),
    accounts = PEOPLE,
    environment = standingEnvironment(),
    streamManagement = {},
  }: StandOptions = {}): Promise<Stand> {
    const log = recordingLog()
    const options = { resourceConflict: 'replace' as const, maxSessionsPerAccount: 10, modules: {}, ...host }
    const kernel = await createKernel({
      environment,
      authentication: { mechanisms: ['SCRAM-SHA-1'], iterations: 4096, crypto: quickCrypto },
      hosts: ['example.com', 'example.net'].map((domain) => ({ ...options, domain })),
      ...{ storage, log, modules, streamManagement },
    })
    for (const account of accounts) await kernel.accounts.create(parseJid(account), 'secret')
    return new Stand(kernel, storage, log)
  }

  /** Binds a resource. @throws StanzaError */
  async connect(address: string): Promise<Guest> {
    const jid: Jid = parseJid(address)
    const host = this.kernel.router.host(jid.domain)
    const guest = new Guest()
    const session = host && (await this.kernel.bind(host, jid.bare, jid.resource, guest))
    if (!(session instanceof ClientSession)) throw session
    guest.session = session
    return guest
  }
}

const PEOPLE = ['juliet@example.com', 'romeo@example.net']

/** A client's end of a stream: what it hears, and how it was ended. */
export class Guest {
  readonly remoteAddress = '192.0.2.1'
  readonly secure = true
  readonly lang = undefined
  readonly bufferedBytes = 0
  readonly heard: string[] = []
  end: StreamError | 'closed' | undefined
  isDestroyed = false
  session!: ClientSession

  send(text: string): void {
    this.heard.push(text)
  }

  close(error?: StreamError): void {
    this.end = error ?? 'closed'
  }

  destroy(): void {
    this.isDestroyed = true
  }

  /** Says a stanza; what it led to is over when the promise resolves. Answers with what has been heard since. */
  async say(xml: string): Promise<string[]> {
    await this.session.receive(parseXml(xml.replace(/^<(\w+)/, `<$1 xmlns='jabber:client'`)))
    await settled()
    return this.look()
  }

  look(): string[] {
    return this.heard.splice(0)
  }
}

function standingEnvironment(): Environment {
  let counter = 0
  return { now: () => 0, setTimer: () => () => {}, randomBytes: (length) => new Uint8Array(length).fill(++counter) }
}
