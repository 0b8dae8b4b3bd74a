import { type Client, type ClientStream, createClient } from '@parlour/client-core'
import { delayServer } from '@parlour/extensions/delay/server'
import { discoServer } from '@parlour/extensions/disco/server'
import { offlineServer } from '@parlour/extensions/offline/server'
import { stanzaIdsServer } from '@parlour/extensions/stanza-ids/server'
import { parseJid } from '@parlour/jid'
import { webCrypto } from '@parlour/sasl'
import { type AnyServerModule, ClientSession, createKernel, type Kernel, silentLogger } from '@parlour/server-core'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { FakeEnvironment } from '@parlour/testing'
import { type Element, parseXml } from '@parlour/xml'
import { archiveServer } from './server/server.ts'

type Stream = ClientSession['stream']
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export const ROMEO = 'romeo@example.com'
export const JULIET = 'juliet@example.com'

/** A client's end of a bound stream. */
export class Device {
  session!: ClientSession
  readonly stream: Mutable<Stream>
  readonly #received: string[] = []
  #listener: ((element: Element) => void) | undefined

  constructor() {
    this.stream = {
      remoteAddress: '127.0.0.1',
      secure: true,
      lang: undefined,
      bufferedBytes: 0,
      send: (text) => {
        if (this.#listener) this.#listener(inClientNamespace(text))
        else this.#received.push(text)
      },
      close: () => this.session.closed(),
      destroy: () => this.session.closed(),
    } as Mutable<Stream>
  }

  /** Hands on what arrives from now on, a moment later. */
  listen(callback: (element: Element) => void): void {
    this.#listener = (element) => queueMicrotask(() => callback(element))
  }

  /** How many stanzas arrived since the last look. */
  get received(): number {
    return this.#received.length
  }

  /** Drops what arrived. */
  forget(): void {
    this.#received.length = 0
  }

  /** A stanza, as the stream of a client has it. */
  parsed(stanza: string): Element {
    return inClientNamespace(stanza)
  }

  /** What arrived since the last look. */
  take(): Element[] {
    return this.#received.splice(0).map(inClientNamespace)
  }

  async send(stanza: Element | string): Promise<void> {
    await this.session.receive(typeof stanza === 'string' ? inClientNamespace(stanza) : stanza)
    await settled()
  }

  /** Sends a request; what came before the answer, and the answer. */
  async ask(stanza: string): Promise<{ before: Element[]; answer: Element }> {
    this.take()
    await this.send(stanza)
    const received = this.take()
    const at = received.findIndex((each) => each.name === 'iq')
    const answer = received[at]
    if (!answer) throw new Error(`no answer to ${stanza}`)
    return { before: received.slice(0, at), answer }
  }

  /** Queries its archive: the bodies that came, their ids, and the end. */
  async query(
    content = '',
    queryAttributes = '',
  ): Promise<{ bodies: string[]; ids: string[]; fin: Element; all: Element[] }> {
    const { before, answer } = await this.ask(
      `<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'${queryAttributes}>${content}</query></iq>`,
    )
    const results = before.flatMap((each) => each.child('result', 'urn:xmpp:mam:2') ?? [])
    const bodies = results.map((result) => stanzaIn(result).childText('body', 'jabber:client') ?? '')
    return {
      bodies,
      ids: results.map((result) => result.attribute('id') as string),
      fin: answer.child() as Element,
      all: before,
    }
  }
}

/** The message that stands in a result. */
export function stanzaIn(result: Element): Element {
  return result.child('forwarded', 'urn:xmpp:forward:0')?.child('message', 'jabber:client') as Element
}

/** A form of a query. */
export function form(fields: Readonly<Record<string, string | readonly string[]>>): string {
  const field = ([name, values]: [string, string | readonly string[]]) =>
    `<field var='${name}'>${[values]
      .flat()
      .map((value) => `<value>${value}</value>`)
      .join('')}</field>`
  const all = Object.entries({ FORM_TYPE: 'urn:xmpp:mam:2', ...fields })
  return `<x xmlns='jabber:x:data' type='submit'>${all.map(field).join('')}</x>`
}

export function set(content: string): string {
  return `<set xmlns='http://jabber.org/protocol/rsm'>${content}</set>`
}

/** A kernel with an archive, memory storage and a clock moved by hand. */
export class Scene {
  readonly kernel: Kernel
  readonly environment: FakeEnvironment
  readonly storage: Storage
  readonly errors: unknown[]

  private constructor(kernel: Kernel, environment: FakeEnvironment, storage: Storage, errors: unknown[]) {
    this.kernel = kernel
    this.environment = environment
    this.storage = storage
    this.errors = errors
  }

  static async open(
    settings: Readonly<Record<string, unknown>> = {},
    storage = createMemoryStorage(),
    more: readonly AnyServerModule[] = [],
  ): Promise<Scene> {
    const environment = new FakeEnvironment()
    const errors: unknown[] = []
    const log: typeof silentLogger = {
      ...silentLogger,
      error: (fields) => void errors.push(fields.error),
      child: () => log,
    }
    for (const owner of [ROMEO, JULIET])
      await storage.commit([{ type: 'put', store: 'accounts', owner, key: 'account', value: { created: 0 } }])
    const modules = [discoServer, delayServer, stanzaIdsServer, offlineServer, ...more, archiveServer]
    const kernel = await createKernel({
      ...{ environment, storage, log, modules },
      hosts: [
        {
          ...{ domain: 'example.com', resourceConflict: 'replace', maxSessionsPerAccount: 20 },
          modules: { archive: settings },
        },
      ],
      authentication: { mechanisms: ['PLAIN'], iterations: 4096, crypto: webCrypto },
    })
    return new Scene(kernel, environment, storage, errors)
  }

  /** Signs in and sends initial presence. */
  async online(address: string): Promise<Device> {
    const jid = parseJid(address)
    const device = new Device()
    const session = await this.kernel.host(jid.domain)?.bind(jid.bare, jid.resource, device.stream)
    if (!(session instanceof ClientSession)) throw session ?? new Error(`no host ${jid.domain}`)
    device.session = session
    await device.send('<presence/>')
    device.take()
    return device
  }

  /** A program that is signed in: the client half, on a session of this kernel. */
  async client(address: string): Promise<Client> {
    const client = createClient({
      ...{ jid: parseJid(address), environment: this.environment, keepalive: false, reconnection: false },
      open: async () => streamTo(await this.online(address)),
    })
    await client.online()
    return client
  }

  /** Both of them, online. */
  async both(): Promise<{ romeo: Device; juliet: Device }> {
    const romeo = await this.online(`${ROMEO}/orchard`)
    const juliet = await this.online(`${JULIET}/balcony`)
    romeo.take()
    return { romeo, juliet }
  }
}

function streamTo(device: Device): ClientStream {
  const { jid } = device.session
  const features = parseXml("<features xmlns='http://etherx.jabber.org/streams'/>")
  return {
    jid,
    agreement: { jid, features, header: { namespace: 'jabber:client' }, mechanism: 'PLAIN' },
    secure: true,
    send: (stanza) => void device.session.receive(typeof stanza === 'string' ? inClientNamespace(stanza) : stanza),
    onElement: (callback) => device.listen(callback),
    onClose: () => {},
    close: async () => device.session.closed(),
    destroy: () => device.session.closed(),
  }
}

/** Waits until nothing more happens by itself. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A chat message. */
export function chat(to: string, body: string, more = ''): string {
  return `<message type='chat' id='${body.replace(/\W/g, '').slice(0, 20)}' to='${to}'><body>${body}</body>${more}</message>`
}

function inClientNamespace(stanza: string): Element {
  return parseXml(stanza.replace(/^<(\w+)/, "<$1 xmlns='jabber:client'"))
}
