import { type Client, type ClientStream, createClient } from '@parlour/client-core'
import { createJid, type Jid, parseJid } from '@parlour/jid'
import { webCrypto } from '@parlour/sasl'
import { type AnyServerModule, ClientSession, createKernel, type Kernel, silentLogger } from '@parlour/server-core'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { FakeEnvironment } from '@parlour/testing'
import { type Element, el, parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'

const SM_NAMESPACE = 'urn:xmpp:sm:3'

type Stream = ClientSession['stream']

/** A client's end of a bound stream: what it was sent, and the means to send. */
export class FakeClient {
  session!: ClientSession
  readonly stream: Stream & { bufferedBytes: number; secure: boolean; remoteAddress: string }
  isClosed = false
  /** The error that ended the stream. */
  closedWith: StreamError | undefined
  readonly #received: Element[] = []
  #wake = (): void => {}

  constructor() {
    this.stream = {
      remoteAddress: '127.0.0.1',
      secure: true,
      lang: undefined,
      bufferedBytes: 0,
      send: (text) => {
        if (this.isClosed) return
        // A request for an acknowledgement may follow a stanza (XEP-0198 §4).
        const [written = ''] = text.split("<r xmlns='urn:xmpp:sm:3'/>")
        if (written === '') return
        const isNonza = /^<\w+ xmlns=/.test(written)
        const stanza = isNonza ? written : written.replace(/^<(\w+)/, "<$1 xmlns='jabber:client'")
        this.#received.push(parseXml(stanza, WRITTEN_PARSER_LIMITS))
        this.#wake()
      },
      close: (error) => {
        this.closedWith ??= error
        this.#end()
      },
      destroy: () => this.#end(),
    }
  }

  /** What arrived since the last look. */
  take(): Element[] {
    return this.#received.splice(0)
  }

  /** The oldest of what arrived. */
  takeFirst(): Element | undefined {
    return this.#received.shift()
  }

  /** Hands on what arrives from now on, a moment later. */
  listen(callback: (element: Element) => void): void {
    this.#wake = () => {
      for (const element of this.take()) queueMicrotask(() => callback(element))
    }
    this.#wake()
  }

  /** The next thing that arrives, or has arrived already. */
  async next(): Promise<Element> {
    for (;;) {
      const element = this.#received.shift()
      if (element) return element
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** The bodies that arrived since the last look. */
  bodies(): (string | undefined)[] {
    return this.take().flatMap((element) => (element.name === 'message' ? [element.childText('body')] : []))
  }

  /** Says something, and waits until it has been dealt with. */
  async send(stanza: Element | string): Promise<void> {
    await this.session.receive(element(stanza))
    await settled()
  }

  /** Says something, without waiting; the promise is that of the server. */
  hand(stanza: Element | string): void | Promise<void> {
    return this.session.receive(element(stanza))
  }

  /** Sends a request, and returns the only stanza that answers it. */
  async request(stanza: Element | string): Promise<Element> {
    const request = element(stanza)
    await this.send(request)
    const answers = this.#received.filter(
      (each) => each.name === 'iq' && each.attribute('id') === request.attribute('id'),
    )
    if (answers.length !== 1 || !answers[0]) throw new Error(`${answers.length} answers to ${request}`)
    this.#received.splice(this.#received.indexOf(answers[0]), 1)
    return answers[0]
  }

  /** XEP-0198: from now on, a session whose connection breaks waits to be resumed. @returns by what it is resumed */
  async manage(): Promise<string> {
    await this.session.receive(el('enable', SM_NAMESPACE, { resume: 'true' }))
    await settled()
    return this.#received.pop()?.attribute('id') ?? ''
  }

  /** Has got everything up to now: `h` stanzas (XEP-0198 §4). */
  async acknowledge(h: number): Promise<void> {
    await this.session.receive(el('a', SM_NAMESPACE, { h: `${h}` }))
    await settled()
  }

  /** The connection breaks. */
  async disconnect(): Promise<void> {
    this.#end()
    await settled()
  }

  #end(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.session.closed()
  }
}

export interface SceneOptions {
  readonly domains?: readonly string[]
  readonly storage?: Storage
  /** Bare JIDs of accounts to make. */
  readonly accounts?: readonly string[]
  /** Configuration of the modules by their name. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Where the servers of other domains are; without it, they are not spoken to. */
  readonly locate?: (domain: string) => Promise<readonly []>
}

/** A kernel of the real kind with memory storage and a clock moved by hand; clients without sockets. */
export class Scene {
  readonly kernel: Kernel
  readonly environment: FakeEnvironment
  readonly storage: Storage
  readonly domains: readonly string[]
  /** What the server logged as errors. */
  readonly errors: unknown[]

  private constructor(
    kernel: Kernel,
    environment: FakeEnvironment,
    storage: Storage,
    domains: readonly string[],
    errors: unknown[],
  ) {
    this.domains = domains
    this.kernel = kernel
    this.environment = environment
    this.storage = storage
    this.errors = errors
  }

  static async open(modules: readonly AnyServerModule[], options: SceneOptions = {}): Promise<Scene> {
    const { domains = ['example.com'], storage = createMemoryStorage(), accounts = [], settings = {}, locate } = options
    const environment = new FakeEnvironment()
    const errors: unknown[] = []
    const log: typeof silentLogger = {
      ...silentLogger,
      error: (fields) => void errors.push(fields.error),
      child: () => log,
    }
    for (const owner of accounts)
      await storage.commit([{ type: 'put', store: 'accounts', owner, key: 'account', value: { created: 0 } }])
    const kernel = await createKernel({
      ...{ environment, storage, log, modules },
      hosts: domains.map((domain) => ({
        domain,
        resourceConflict: 'replace',
        maxSessionsPerAccount: 20,
        modules: settings,
      })),
      authentication: { mechanisms: ['PLAIN'], iterations: 4096, crypto: webCrypto },
      ...(locate && { federation: { connector: { locate, connect: unreachable }, certificateNames: () => [] } }),
    })
    return new Scene(kernel, environment, storage, domains, errors)
  }

  /** The address of an account of the first domain. */
  readonly accountJid = (local: string): Jid => createJid(local, this.domains[0] as string)

  /** Signs in and binds a resource; no presence yet. */
  async connect(address: string): Promise<FakeClient> {
    const jid = parseJid(address)
    const client = new FakeClient()
    const session = await this.kernel.host(jid.domain)?.bind(jid.bare, jid.resource, client.stream)
    if (!(session instanceof ClientSession)) throw session ?? new Error(`no host ${jid.domain}`)
    client.session = session
    return client
  }

  /** Goes on with a session whose connection broke, with another one (XEP-0198 §5). */
  async resume({ session }: FakeClient, previd: string, h: number): Promise<FakeClient> {
    const client = new FakeClient()
    const element = el('resume', SM_NAMESPACE, { previd, h: `${h}` })
    const host = this.kernel.host(session.jid.domain)
    client.session = (await host?.negotiate?.(session.jid.bare, element, client.stream as never)) as ClientSession
    await settled()
    if (!client.session) throw new Error(`not resumed: ${client.take()}`)
    client.takeFirst()
    return client
  }

  /** A program that is signed in: the client half of everything, on a session of this kernel. */
  async client(address: string): Promise<Client> {
    const jid = parseJid(address)
    const client = createClient({
      jid,
      environment: this.environment,
      keepalive: false,
      reconnection: false,
      // The ends hand each other stanzas, one by one.
      streamManagement: false,
      open: async () => streamTo(await this.connect(address), this.#features(jid.domain)),
    })
    await client.online()
    return client
  }

  #features(domain: string): Element {
    const features = this.kernel.host(domain)?.features('authenticated', true, { maxStanzaBytes: 262_144 }) ?? []
    return el('features', 'http://etherx.jabber.org/streams', {}, ...features)
  }

  /** Signs in and sends initial presence; what it is sent thereupon is left to look at. */
  async online(address: string, priority = 0): Promise<FakeClient> {
    const client = await this.connect(address)
    await client.send(`<presence><priority>${priority}</priority></presence>`)
    return client
  }
}

function streamTo(end: FakeClient, features: Element): ClientStream {
  const { jid } = end.session
  let close = (): void => {}
  return {
    jid,
    agreement: { jid, features, header: { namespace: 'jabber:client' }, mechanism: 'PLAIN' },
    secure: true,
    send: (stanza) => void end.hand(stanza),
    onElement: (callback) => end.listen(callback),
    onClose: (callback) => {
      close = callback
    },
    close: async () => {
      await end.disconnect()
      close()
    },
    destroy: () => close(),
  }
}

const unreachable = () => Promise.reject(new Error('nobody is there'))

function element(stanza: Element | string): Element {
  if (typeof stanza !== 'string') return stanza
  return parseXml(stanza.replace(/^<(\w+)/, "<$1 xmlns='jabber:client'"))
}

/** Waits until nothing more happens by itself. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
