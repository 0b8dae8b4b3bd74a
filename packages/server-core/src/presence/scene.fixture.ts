import { type Jid, parseJid } from '@parlour/jid'
import { iq, type PresenceFields, presence } from '@parlour/stanza'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import { ClientSession } from '../client-session.ts'
import { Kernel } from '../kernel.ts'
import type { KernelOptions } from '../kernel-options.ts'
import { silentLogger } from '../logger.ts'
import type { ClientStream } from '../stream/kernel-port.ts'

/** A client's end: what it has received, and the means to send. */
export class Client {
  readonly received: string[] = []
  session!: ClientSession

  /** What arrived since the last look, each stanza in one line. */
  look(): string[] {
    return this.received.splice(0).map(line)
  }

  /** What arrived since the last look, as it stands on the wire. */
  raw(): string[] {
    return this.received.splice(0)
  }

  async send(element: Element): Promise<void> {
    await this.session.receive(element)
    await settled()
  }

  presence(fields: PresenceFields = {}): Promise<void> {
    return this.send(presence(fields))
  }

  set(payload: Element, id = 's', to?: string): Promise<void> {
    return this.send(iq({ type: 'set', id, to, payload }))
  }

  get(payload: Element, id = 'g', to?: string): Promise<void> {
    return this.send(iq({ type: 'get', id, to, payload }))
  }

  async close(): Promise<void> {
    this.session.closed()
    await settled()
  }
}

/** A kernel with accounts but without sockets. */
export class Scene {
  readonly kernel: Kernel
  readonly storage: Storage
  time = Date.UTC(2026, 0, 1)
  readonly errors: unknown[] = []

  private constructor(storage: Storage) {
    this.storage = storage
    let counter = 0
    const environment: Environment = {
      now: () => this.time,
      setTimer: () => () => {},
      randomBytes: (length) => new Uint8Array(length).fill(++counter),
    }
    const log = {
      ...silentLogger,
      error: (fields: Readonly<Record<string, unknown>>) => this.errors.push(fields.error),
    }
    const hosts = ['example.com', 'example.net'].map((domain) => ({
      domain,
      resourceConflict: 'replace' as const,
      maxSessionsPerAccount: 10,
      modules: {},
    }))
    const authentication = {} as KernelOptions['authentication']
    this.#options = { environment, storage, log, hosts, modules: [], authentication }
    this.kernel = new Kernel(this.#options)
  }

  readonly #options: KernelOptions

  static async open(storage: Storage = createMemoryStorage(), ...accounts: string[]): Promise<Scene> {
    const scene = new Scene(storage)
    await scene.kernel.start(scene.#options)
    for (const owner of accounts)
      await storage.commit([{ type: 'put', store: 'accounts', owner, key: 'account', value: { created: 0 } }])
    return scene
  }

  /** The stanzas that leave a host from now on. */
  listen(domain: string): string[] {
    const sent: string[] = []
    this.kernel.router.host(domain)?.hooks.add('archive', 'listener', ({ stanza, direction }) => {
      if (direction === 'outbound') sent.push(stanza.element.toString())
      return undefined
    })
    return sent
  }

  /** Signs in without presence. */
  async connect(address: string): Promise<Client> {
    const jid: Jid = parseJid(address)
    const client = new Client()
    const host = this.kernel.router.host(jid.domain)
    if (!host) throw new Error(`no host ${jid.domain}`)
    const session = await this.kernel.bind(host, jid.bare, jid.resource, streamOf(client))
    if (!(session instanceof ClientSession)) throw session
    client.session = session
    return client
  }

  /** Signs in, asks for the roster, and sends initial presence; nothing of that is left to look at. */
  async online(address: string, query: Element, fields: PresenceFields = {}): Promise<Client> {
    const client = await this.connect(address)
    await client.get(query)
    await client.presence(fields)
    client.raw()
    return client
  }
}

/** Waits until nothing more happens by itself. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}

function streamOf(client: Client): ClientStream {
  return {
    remoteAddress: '127.0.0.1',
    secure: true,
    lang: undefined,
    bufferedBytes: 0,
    send: (text) => void client.received.push(text),
    close: () => {},
    destroy: () => {},
  }
}

/** `presence unavailable from → to`, `iq set → to [jid subscription]` … */
export function line(text: string): string {
  const { name, attributes } = startTag(text)
  const type = attributes.type ? ` ${attributes.type}` : ''
  const from = attributes.from ? ` ${attributes.from}` : ''
  return `${name}${type}${from} → ${attributes.to ?? ''}${content(text)}`
}

function content(text: string): string {
  const condition = /<([a-z-]+) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/.exec(text)?.[1]
  if (condition) return ` !${condition}`
  const items = [...text.matchAll(/<item [^>]*>/g)].map(([item]) => {
    const { jid, subscription, ask, approved } = startTag(item).attributes
    return [jid, subscription, ask && 'ask', approved && 'approved'].filter(Boolean).join(' ')
  })
  const hasQuery = text.includes("<query xmlns='jabber:iq:roster'")
  const show = /<show>(.*?)<\/show>/.exec(text)?.[1]
  return `${hasQuery ? ` [${items.join(', ')}]` : ''}${show ? ` ${show}` : ''}`
}

function startTag(text: string): { name: string; attributes: Record<string, string> } {
  const tag = /^<([\w:]+)([^>]*?)\/?>/.exec(text)
  const attributes = Object.fromEntries(
    [...(tag?.[2] ?? '').matchAll(/([\w:]+)='([^']*)'/g)].map((each) => [each[1], each[2]]),
  )
  return { name: tag?.[1] ?? '', attributes }
}
