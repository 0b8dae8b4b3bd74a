import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { createJid, type Jid } from '@parlour/jid'
import { createSaslServer, deriveScramCredentials, type SaslCrypto, type StoredCredentials } from '@parlour/sasl'
import type { Environment } from '@parlour/stream-negotiation'
import { type Connection, createMemoryPair } from '@parlour/transport'
import { type Element, el } from '@parlour/xml'
import { StreamError, StreamParser } from '@parlour/xml-stream'
import { beforeAll, expect } from 'vitest'
import {
  acceptClientStream,
  type ClientSession,
  type ClientStream,
  type ClientStreamOptions,
  type StreamEnd,
  type StreamHost,
  type StreamKernel,
} from './index.ts'

/** Time that moves only when told. */
class FakeEnvironment implements Environment {
  #now = 0
  #timers: { at: number; fn: () => void }[] = []

  now(): number {
    return this.#now
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  randomBytes(n: number): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(n))
  }

  get timers(): number {
    return this.#timers.length
  }

  pass(ms: number): void {
    this.#now += ms
    const due = this.#timers.filter((timer) => timer.at <= this.#now)
    this.#timers = this.#timers.filter((timer) => timer.at > this.#now)
    for (const timer of due) timer.fn()
  }
}

/** All microtasks and the answers of WebCrypto. */
export const settle = async () => {
  for (let n = 0; n < 6; n++) await new Promise((resolve) => setImmediate(resolve))
}

/** Answers with promises that are settled already, so that no test waits for a thread. */
const cryptography: SaslCrypto = {
  digest: async (hash, message) => createHash(hash).update(message).digest(),
  hmac: async (hash, key, message) => createHmac(hash, key).update(message).digest(),
  pbkdf2: async (hash, password, salt, iterations) => pbkdf2Sync(password, salt, iterations, 20, hash),
}

let credentials: StoredCredentials
beforeAll(async () => {
  credentials = await deriveScramCredentials('r0m30myr0m30', {
    hash: 'SHA-1',
    salt: new Uint8Array(16).fill(7),
    iterations: 4096,
    crypto: cryptography,
  })
})

/** A session that writes down what it hears. */
export class RecordingSession implements ClientSession {
  readonly received: string[] = []
  readonly ends: StreamEnd[] = []
  answer: (element: Element) => void | Promise<void> = () => {}
  readonly jid: Jid
  readonly stream: ClientStream

  constructor(jid: Jid, stream: ClientStream) {
    this.jid = jid
    this.stream = stream
  }

  receive(element: Element): void | Promise<void> {
    this.received.push(element.attribute('id') ?? element.name)
    return this.answer(element)
  }

  closed(reason: StreamEnd): void {
    this.ends.push(reason)
  }
}

class Kernel implements StreamKernel {
  readonly environment = new FakeEnvironment()
  readonly sessions: RecordingSession[] = []
  readonly errors: unknown[] = []
  bind: StreamHost['bind'] = (account, resource, stream) => {
    const session = new RecordingSession(createJid(account.local, account.domain, resource ?? 'made-here'), stream)
    this.sessions.push(session)
    return session
  }
  more: Partial<StreamHost> = {}

  host(domain: string): StreamHost | undefined {
    if (domain !== 'im.example.com' && domain !== 'other.example.com') return undefined
    return {
      domain,
      saslServer: ({ tls }) =>
        createSaslServer({
          mechanisms: ['SCRAM-SHA-1', 'PLAIN'],
          domain,
          tls,
          credentials: { lookUp: (username) => (username === 'juliet' ? Promise.resolve(credentials) : undefined) },
          secret: new Uint8Array(16),
          crypto: cryptography,
          randomBytes: (n) => this.environment.randomBytes(n),
        }),
      features: (stage, secure) => [el(`${stage}-${secure}`, 'urn:extra')],
      bind: (...values) => this.bind(...values),
      ...this.more,
    }
  }

  reportError(cause: unknown): void {
    this.errors.push(cause)
  }
}

/** A client that sends text and writes down what it reads. */
export class Client {
  readonly kernel = new Kernel()
  readonly connection: Connection
  readonly server: Connection
  readonly stream: ClientStream
  /** First-level elements and the word `header`, `</>`, since the last look. */
  #seen: (Element | string)[] = []
  isClosed = false
  readonly #parser: StreamParser

  constructor(chunkBytes: number | undefined, options: Partial<ClientStreamOptions> = {}) {
    const [client, server] = createMemoryPair(chunkBytes === undefined ? {} : { chunkBytes })
    this.connection = client
    this.server = server
    this.#parser = new StreamParser({
      header: (header) => this.#seen.push(`header from=${header.from} to=${header.to} lang=${header.lang}`),
      element: (element) => this.#seen.push(element),
      footer: () => this.#seen.push('</>'),
      error: (error) => this.#seen.push(error.condition),
    })
    client.onData((chunk) => this.#parser.write(chunk))
    client.onClose(() => {
      this.isClosed = true
    })
    this.stream = acceptClientStream(server, options, this.kernel)
  }

  async say(text: string): Promise<(Element | string)[]> {
    this.connection.write(text)
    return await this.hear()
  }

  async hear(): Promise<(Element | string)[]> {
    await settle()
    const seen = this.#seen
    this.#seen = []
    return seen
  }

  restart(): void {
    this.#parser.reset()
  }

  async startTls(): Promise<void> {
    await this.say(HEADER)
    await this.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    this.restart()
    await this.connection.startTls({ servername: 'im.example.com' })
  }

  async authenticate(): Promise<void> {
    await this.startTls()
    await this.say(HEADER)
    const seen = await this.say(PLAIN)
    expect(names(seen)).toEqual(['success'])
    this.restart()
    await this.say(HEADER)
  }

  async establish(): Promise<RecordingSession> {
    await this.authenticate()
    await this.say(BIND)
    const session = this.kernel.sessions.at(-1)
    if (!session) throw new Error('no session')
    return session
  }
}

export const HEADER =
  "<?xml version='1.0'?><stream:stream from='juliet@im.example.com' to='im.example.com' version='1.0' xml:lang='de' " +
  "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
export const PLAIN = `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${btoa('\0juliet\0r0m30myr0m30')}</auth>`
export const BIND =
  "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>balcony</resource></bind></iq>"
export const names = (seen: readonly (Element | string)[]) =>
  seen.map((item) => (typeof item === 'string' ? item.split(' ')[0] : item.name))
export const conditions = (seen: readonly (Element | string)[]) =>
  seen.flatMap((item) =>
    typeof item !== 'string' && item.name === 'error' ? [StreamError.fromElement(item).condition] : [],
  )
