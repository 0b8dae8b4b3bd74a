import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { parseJid } from '@parlour/jid'
import { createReceiverExchange, createSaslServer, deriveScramCredentials, type SaslCrypto } from '@parlour/sasl'
import { type Environment, NegotiationError } from '@parlour/stream-negotiation'
import { type Connection, createMemoryPair } from '@parlour/transport'
import { type Element, serialize } from '@parlour/xml'
import { StreamParser } from '@parlour/xml-stream'
import { expect } from 'vitest'
import { type OpenClientStreamOptions, type OpenedClientStream, openClientStream } from './index.ts'

class FakeEnvironment implements Environment {
  #now = 0
  #timers: { at: number; fn: () => void }[] = []
  now = () => this.#now
  randomBytes = (n: number) => crypto.getRandomValues(new Uint8Array(n))

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
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

export const settle = async () => {
  for (let n = 0; n < 6; n++) await new Promise((resolve) => setImmediate(resolve))
}

export const cryptography: SaslCrypto = {
  digest: async (hash, message) => createHash(hash).update(message).digest(),
  hmac: async (hash, key, message) => createHmac(hash, key).update(message).digest(),
  pbkdf2: async (hash, password, salt, iterations) => pbkdf2Sync(password, salt, iterations, 20, hash),
}

export const HEADER =
  "<?xml version='1.0'?><stream:stream from='im.example.com' id='s1' version='1.0' xml:lang='en' " +
  "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
export const features = (content: string) => `<stream:features>${content}</stream:features>`
export const STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
export const MECHANISMS =
  "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>"
export const BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"

/** A server of a few lines; each may be replaced. */
class Server {
  readonly connection: Connection
  readonly heard: string[] = []
  /** What follows the header, stream by stream. */
  features = [features(STARTTLS), features(MECHANISMS), features(BIND)]
  proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
  bound = 'juliet@im.example.com/balcony'
  /** Sent right behind the bind result. */
  behind = ''
  /** What an element of SASL2 is answered with. */
  sasl2: (element: Element) => string = () => ''
  isClosed = false
  readonly #parser: StreamParser
  #streams = 0
  readonly #exchange

  constructor(connection: Connection) {
    this.connection = connection
    this.#parser = new StreamParser({
      header: (header) => {
        this.heard.push(`header from=${header.from} to=${header.to}`)
        connection.write(HEADER + (this.features[this.#streams++] ?? ''))
      },
      element: (element) => void this.#take(element),
      footer: () => this.heard.push('</>'),
      error: (error) => this.heard.push(error.condition),
    })
    connection.onData((chunk) => this.#parser.write(chunk))
    connection.onClose(() => {
      this.isClosed = true
    })
    const secret = new Uint8Array(16)
    const randomBytes = (n: number) => crypto.getRandomValues(new Uint8Array(n))
    this.#exchange = createReceiverExchange(
      createSaslServer({
        mechanisms: ['SCRAM-SHA-1'],
        domain: 'im.example.com',
        tls: true,
        credentials: {
          lookUp: () => deriveScramCredentials('r0m30myr0m30', { hash: 'SHA-1', salt: secret, crypto: cryptography }),
        },
        secret,
        randomBytes,
        crypto: cryptography,
      }),
    )
  }

  async #take(element: Element): Promise<void> {
    this.heard.push(element.name)
    if (element.name === 'starttls') {
      this.connection.write(this.proceed)
      if (!this.proceed.includes('<proceed')) return
      this.#parser.reset()
      await this.connection.startTls().catch(() => this.heard.push('tls failed'))
    } else if (element.namespace === 'urn:xmpp:sasl:2') this.connection.write(this.sasl2(element))
    else if (element.namespace === 'urn:ietf:params:xml:ns:xmpp-sasl') await this.#authenticate(element)
    else if (element.child('bind', 'urn:ietf:params:xml:ns:xmpp-bind')) {
      const jid = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${this.bound}</jid></bind>`
      this.connection.write(`<iq type='result' id='${element.attribute('id')}'>${jid}</iq>${this.behind}`)
    }
  }

  async #authenticate(element: Element): Promise<void> {
    const outcome = await this.#exchange.receive(element)
    if (outcome.type === 'success') this.#parser.reset()
    if (outcome.type === 'continue' || outcome.type === 'success') this.connection.write(serialize(outcome.send))
  }
}

interface Attempt {
  readonly server: Server
  readonly environment: FakeEnvironment
  readonly opened: Promise<OpenedClientStream>
}

export function open(
  chunkBytes: number | undefined,
  prepare: (server: Server) => void = () => {},
  options: Partial<OpenClientStreamOptions> = {},
): Attempt {
  const [client, connection] = createMemoryPair(chunkBytes === undefined ? {} : { chunkBytes })
  const server = new Server(connection)
  prepare(server)
  const environment = new FakeEnvironment()
  const opened = openClientStream(client, {
    jid: parseJid('juliet@im.example.com/balcony'),
    credentials: { password: 'r0m30myr0m30', crypto: cryptography },
    environment,
    ...options,
  })
  opened.catch(() => {}) // looked at later
  return { server, environment, opened }
}

export async function failure({ opened, server, environment }: Attempt): Promise<NegotiationError> {
  const error: unknown = await opened.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  await settle()
  if (!(error instanceof NegotiationError)) throw new Error(`not a NegotiationError: ${error}`)
  expect(server.isClosed).toBe(true)
  expect(environment.timers).toBe(0)
  return error
}
