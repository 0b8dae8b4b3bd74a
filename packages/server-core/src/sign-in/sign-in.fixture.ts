import { parseJid } from '@parlour/jid'
import {
  type AuthenticationRequest,
  authenticateElement,
  beginTokenClient,
  CHANNEL_BINDING_NAMESPACE,
  createSaslClient,
  readAuthenticationOffer,
  readChannelBindings,
  readFailure2,
  readMessage2,
  readSuccess2,
  response2Element,
  SASL2_NAMESPACE,
  type TokenMechanismName,
  type UserAgent,
} from '@parlour/sasl'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { FakeEnvironment } from '@parlour/testing'
import { channelBindings as tlsBindings } from '@parlour/tls-negotiation'
import { type Connection, createMemoryPair } from '@parlour/transport'
import { type Attributes, type Element, el, serialize } from '@parlour/xml'
import { StreamParser } from '@parlour/xml-stream'
import { quickCrypto, recordingLog } from '../kernel.fixture.ts'
import { createKernel, type Kernel } from '../kernel.ts'
import type { KernelOptions } from '../kernel-options.ts'
import type { AnyServerModule } from '../module-loader.ts'
import { acceptClientStream } from '../stream/index.ts'
import { BIND2_NAMESPACE } from './bind2.ts'
import { FAST_NAMESPACE } from './fast.ts'

export const JULIET = parseJid('juliet@example.com')
export const PHONE: UserAgent = { id: 'd4565fa7-4d72-4749-b3d3-740edbf87770', software: 'AwesomeXMPP', device: 'Phone' }
const HEADER =
  "<?xml version='1.0'?><stream:stream from='juliet@example.com' to='example.com' version='1.0' " +
  "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

export interface ServerOptions {
  readonly authentication?: Partial<KernelOptions['authentication']>
  readonly modules?: readonly AnyServerModule[]
  readonly storage?: Storage
}

/** A server with an account for juliet, whose password is `secret`. */
export class Server {
  readonly kernel: Kernel
  readonly environment: FakeEnvironment
  readonly storage: Storage
  readonly log: ReturnType<typeof recordingLog>

  private constructor(kernel: Kernel, environment: FakeEnvironment, storage: Storage, log: Server['log']) {
    this.kernel = kernel
    this.environment = environment
    this.storage = storage
    this.log = log
  }

  static async open(options: ServerOptions = {}): Promise<Server> {
    const { storage = createMemoryStorage(), modules = [], authentication } = options
    const environment = new FakeEnvironment()
    const log = recordingLog()
    const kernel = await createKernel({
      ...{ environment, storage, log, modules },
      authentication: {
        mechanisms: ['SCRAM-SHA-256', 'PLAIN'],
        iterations: 4096,
        crypto: quickCrypto,
        ...authentication,
      },
      hosts: [{ domain: 'example.com', resourceConflict: 'replace', maxSessionsPerAccount: 5, modules: {} }],
    })
    if (!(await kernel.accounts.exists(JULIET))) await kernel.accounts.create(JULIET, 'secret')
    return new Server(kernel, environment, storage, log)
  }

  connect(isSecure?: boolean): Promise<Visitor> {
    return Visitor.connect(this.kernel, isSecure)
  }
}

/** All that is under way without a timer. */
const settle = async () => {
  for (let n = 0; n < 8; n++) await new Promise((resolve) => setImmediate(resolve))
}

/** What became of a sign-in. */
export interface Outcome {
  /** The full or bare JID that success names. */
  readonly identifier: string | undefined
  /** The condition of a failure. */
  readonly failure: string | undefined
  /** Names of what came, in order. */
  readonly names: readonly string[]
  /** Names of the features behind success. */
  readonly features: readonly string[]
  /** Children of success. */
  readonly results: readonly Element[]
}

/** What a visitor asks for. */
export type Wish = Partial<Pick<AuthenticationRequest, 'userAgent' | 'inline'>>

type Seen = Element | string

/** A client on a connection with TLS, which says what it is told to say. */
export class Visitor {
  readonly connection: Connection
  #seen: Seen[] = []

  private constructor(connection: Connection) {
    this.connection = connection
    const parser = new StreamParser({
      header: () => {},
      element: (element) => this.#seen.push(element),
      footer: () => this.#seen.push('</>'),
      error: (error) => this.#seen.push(error.condition),
    })
    connection.onData((chunk) => parser.write(chunk))
    connection.onClose(() => this.#seen.push('closed'))
  }

  static async connect(kernel: Kernel, isSecure = true): Promise<Visitor> {
    const [client, server] = createMemoryPair({ remoteAddress: '192.0.2.1' })
    if (isSecure) await Promise.all([client.startTls({ servername: 'example.com' }), server.startTls()])
    acceptClientStream(server, { tlsRequired: false }, kernel)
    const visitor = new Visitor(client)
    client.write(HEADER)
    await settle()
    return visitor
  }

  /** What has come since the last look. */
  async hear(): Promise<Seen[]> {
    await settle()
    return this.#seen.splice(0)
  }

  async say(...elements: Element[]): Promise<Seen[]> {
    for (const element of elements) this.connection.write(serialize(element, 'jabber:client'))
    return this.hear()
  }

  /** The children of `<stream:features/>`. */
  async features(): Promise<readonly Element[]> {
    const [features] = await this.hear()
    return typeof features === 'object' ? features.elements() : []
  }

  async signIn(wish: Wish = {}, password = 'secret'): Promise<Outcome> {
    const features = await this.features()
    const offer = features.find((feature) => feature.is('authentication', SASL2_NAMESPACE)) as Element
    const bindings = features.find((feature) => feature.namespace === CHANNEL_BINDING_NAMESPACE)
    const client = createSaslClient({
      offered: readAuthenticationOffer(offer).mechanisms,
      offeredChannelBindings: bindings && readChannelBindings(bindings),
      username: 'juliet',
      password,
      tls: true,
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      crypto: quickCrypto,
    })
    const { mechanism, initialResponse } = client.start
    const seen = await this.say(authenticateElement({ mechanism, initialResponse, inline: [], ...wish }))
    const [challenge] = seen
    if (typeof challenge !== 'object' || challenge.name !== 'challenge') return outcomeOf(seen)
    const reply = await client.challenge(readMessage2(challenge) as Uint8Array)
    if (reply.type === 'failure') throw reply.error
    return outcomeOf(await this.say(response2Element(reply.data)))
  }

  /** Signs in by a token; `fast` are the attributes of `<fast/>`. */
  async useToken(
    mechanism: TokenMechanismName,
    token: string,
    { inline = [], userAgent = PHONE }: Wish = {},
    fast: Attributes = {},
  ): Promise<Outcome> {
    await this.hear()
    const channelBindings = tlsBindings(this.connection.security)
    const client = await beginTokenClient({
      mechanism,
      token,
      username: 'juliet',
      channelBindings,
      crypto: quickCrypto,
    })
    const { initialResponse } = client
    const asked = [el('fast', FAST_NAMESPACE, fast), ...inline]
    const seen = await this.say(authenticateElement({ mechanism, initialResponse, userAgent, inline: asked }))
    const [success] = seen
    if (typeof success === 'object' && success.name === 'success') {
      const read = readSuccess2(success)
      const data = typeof read === 'object' ? read.additionalData : undefined
      const judged = await client.success(data)
      if (judged.type === 'failure') throw judged.error
    }
    return outcomeOf(seen)
  }
}

const nameOf = (item: Seen): string => (typeof item === 'string' ? item : item.name)

function outcomeOf(seen: readonly Seen[]): Outcome {
  const [first] = seen
  const names = seen.map(nameOf)
  const listed = seen.find((item) => typeof item === 'object' && item.name === 'features')
  const features = typeof listed === 'object' ? listed.elements().map(nameOf) : []
  const success = typeof first === 'object' && first.name === 'success' ? readSuccess2(first) : undefined
  const failure = typeof first === 'object' && first.name === 'failure' ? readFailure2(first).condition : undefined
  if (typeof success !== 'object') return { identifier: undefined, failure, names, features, results: [] }
  return { identifier: success.authorizationIdentifier, failure, names, features, results: success.results }
}

export const bind2 = (...children: Element[]): Element => el('bind', BIND2_NAMESPACE, {}, ...children)
export const tag = (text: string): Element => el('tag', BIND2_NAMESPACE, {}, text)
export const requestToken = (mechanism: string): Element => el('request-token', FAST_NAMESPACE, { mechanism })

/** The token in the results of a sign-in. */
export function tokenOf({ results }: Outcome): string {
  const token = results.find((element) => element.is('token', FAST_NAMESPACE))?.attribute('token')
  if (token === undefined) throw new Error('no token')
  return token
}

export const conditionOf = (said: Element | string | undefined): string | undefined =>
  typeof said === 'object' ? said.elements()[0]?.name : said

/** As far as the server's challenge, with the password that is good then. */
export async function challenged(server: Server, wish: Wish): Promise<{ visitor: Visitor; answer: Element }> {
  const visitor = await server.connect()
  await visitor.hear()
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length))
  const proof = { username: 'juliet', password: 'secret', tls: true, crypto: quickCrypto }
  const client = createSaslClient({ offered: ['SCRAM-SHA-256', 'PLAIN'], ...proof, randomBytes })
  const { mechanism, initialResponse } = client.start
  const request = { mechanism, initialResponse, userAgent: PHONE, inline: [], ...wish }
  const [challenge] = (await visitor.say(authenticateElement(request))) as [Element]
  const reply = await client.challenge(readMessage2(challenge) as Uint8Array)
  if (reply.type === 'failure') throw reply.error
  return { visitor, answer: response2Element(reply.data) }
}
