/** A running server without sockets, and clients that say raw XML and compare what they hear. */

import { parseJid } from '@parlour/jid'
import type { SaslCrypto } from '@parlour/sasl'
import {
  type AnyServerModule,
  acceptClientStream,
  type ClientStreamOptions,
  createKernel,
  type HostOptions,
  type Kernel,
  type KernelOptions,
  silentLogger,
} from '@parlour/server-core'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { FakeEnvironment, runTranscript, ScriptedPeer } from '@parlour/testing'
import { type Connection, createMemoryPair } from '@parlour/transport'
import { vi } from 'vitest'
import { builtInModules } from '../../src/modules.ts'
import { nodeCrypto } from '../../src/node-crypto.ts'

export const PASSWORD = 'r0m30myr0m30'
export const STREAM = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'`

/** Milliseconds after which a test says what it has been waiting for; the answers come at once or never. */
const LONGEST_WAIT = 10_000
vi.setConfig({ testTimeout: 2 * LONGEST_WAIT })

/** What a stage differs in from the usual one: two domains, four accounts, the built-in modules, TLS required. */
export interface StageOptions {
  readonly accounts?: readonly string[]
  readonly modules?: readonly AnyServerModule[]
  readonly host?: Partial<HostOptions>
  readonly stream?: Partial<ClientStreamOptions>
  readonly mechanisms?: KernelOptions['authentication']['mechanisms']
  readonly storage?: Storage
  readonly log?: KernelOptions['log']
  /** Everything crosses the connections in chunks of so many bytes. */
  readonly chunkBytes?: number | undefined
}

const derived = new Map<string, ReturnType<SaslCrypto['pbkdf2']>>()

/** Every stage makes the same salts, so that each password needs to be derived once only. */
const rememberingCrypto: SaslCrypto = {
  ...nodeCrypto,
  pbkdf2(hash, password, salt, iterations) {
    const key = [hash, password, salt, iterations].join()
    const known = derived.get(key) ?? nodeCrypto.pbkdf2(hash, password, salt, iterations)
    derived.set(key, known)
    return known
  },
}

/** Four people of two domains of one server. */
export const PEOPLE = ['juliet@example.com', 'nurse@example.com', 'romeo@example.net', 'mercutio@example.net']

export class Stage implements AsyncDisposable {
  readonly kernel: Kernel
  readonly environment: FakeEnvironment
  readonly storage: Storage
  readonly #options: StageOptions
  readonly #signal: AbortSignal

  private constructor(
    kernel: Kernel,
    environment: FakeEnvironment,
    storage: Storage,
    options: StageOptions,
    signal: AbortSignal,
  ) {
    this.kernel = kernel
    this.environment = environment
    this.storage = storage
    this.#options = options
    this.#signal = signal
  }

  /** `signal` is that of the test: it ends the waiting for what never comes. */
  static async open(signal: AbortSignal, options: StageOptions = {}): Promise<Stage> {
    const environment = new FakeEnvironment()
    const storage = options.storage ?? createMemoryStorage()
    // What is archived arrives with an id of its own: the dialogues are those of the RFCs.
    const modules = { archive: { default: 'never' } }
    const host = { resourceConflict: 'replace' as const, maxSessionsPerAccount: 10, modules, ...options.host }
    const kernel = await createKernel({
      environment,
      storage,
      log: options.log ?? silentLogger,
      hosts: ['example.com', 'example.net'].map((domain) => ({ ...host, domain })),
      modules: options.modules ?? builtInModules,
      authentication: {
        mechanisms: options.mechanisms ?? ['SCRAM-SHA-1-PLUS', 'SCRAM-SHA-1', 'PLAIN'],
        iterations: 4096,
        crypto: rememberingCrypto,
      },
    })
    const patience = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_WAIT)])
    const stage = new Stage(kernel, environment, storage, options, patience)
    for (const account of options.accounts ?? PEOPLE) await stage.createAccount(account)
    return stage
  }

  async createAccount(account: string): Promise<void> {
    await this.kernel.accounts.create(parseJid(account), PASSWORD)
  }

  /** A new connection to the server. */
  connect(): Connection {
    const { chunkBytes, stream = {} } = this.#options
    const [client, server] = createMemoryPair(chunkBytes === undefined ? {} : { chunkBytes })
    acceptClientStream(server, stream, this.kernel)
    return client
  }

  /** Runs a dialogue as the RFCs print them over a new connection. */
  async play(dialogue: string, names: Readonly<Record<string, string>> = {}): Promise<Map<string, string>> {
    const captures = new Map(Object.entries({ ...NAMES, ...names }))
    return await runTranscript(dialogue, this.connect(), {
      signal: this.#signal,
      environment: this.environment,
      captures,
    })
  }

  /** Starts TLS and opens a stream in which one can authenticate. */
  async secure(connection: Connection, domain: string, header = ''): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer(connection, { signal: this.#signal })
    peer.send(`${STREAM} to='${domain}'><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`)
    await peer.expectUntil('<proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>')
    await peer.startTls()
    peer.send(`${STREAM} to='${domain}'${header}>`)
    await peer.expectUntil('</stream:features>')
    return peer
  }

  /** Signs in and binds a resource, or the one that the server makes up; sends nothing more. */
  async signIn(address: string, header = ''): Promise<Actor> {
    const jid = parseJid(address)
    const connection = this.connect()
    const peer = await this.secure(connection, jid.domain, header)
    peer.send(plain(jid.local, PASSWORD))
    await peer.expect(`<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>`)
    peer.send(`${STREAM} to='${jid.domain}'${header}>`)
    await peer.expectUntil('</stream:features>')
    const resource = jid.resource && `<resource>${jid.resource}</resource>`
    peer.send(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>${resource}</bind></iq>`)
    await peer.expect(
      `<iq type="result" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>{jid}</jid></bind></iq>`,
    )
    return new Actor(peer, connection)
  }

  /** Signs in, asks for the roster and sends initial presence; forgets all that the server said to it. */
  async online(address: string, presence = '<presence/>'): Promise<Actor> {
    const actor = await this.signIn(address)
    actor.send(`<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>${presence}`)
    await settled()
    await actor.forget()
    return actor
  }

  /** Nobody is left with a timer or a session. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kernel.stop()
    await this.storage[Symbol.asyncDispose]()
  }
}

/** Names that any dialogue may use. */
const NAMES = {
  tls: 'urn:ietf:params:xml:ns:xmpp-tls',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  streams: 'urn:ietf:params:xml:ns:xmpp-streams',
  etherx: 'http://etherx.jabber.org/streams',
}

/** `<auth/>` for PLAIN. */
export function plain(user: string, password: string, authorizationIdentity = ''): string {
  const message = Buffer.from(`${authorizationIdentity}\0${user}\0${password}`).toString('base64')
  return `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${message}</auth>`
}

/** Somebody who has signed in. */
export class Actor {
  readonly peer: ScriptedPeer
  readonly connection: Connection
  #questions = 0

  constructor(peer: ScriptedPeer, connection: Connection) {
    this.peer = peer
    this.connection = connection
  }

  /** The full JID that was bound. */
  get jid(): string {
    return this.peer.captures.get('jid') ?? ''
  }

  /** Says it. */
  send(xml: string): void {
    this.peer.send(xml)
  }

  /** Hears exactly this next. */
  async hears(xml: string): Promise<void> {
    await this.peer.expect(xml)
  }

  /** Hears nothing, not even after all that was said anywhere has been treated. */
  async hearsNothing(): Promise<void> {
    await settled()
    await this.hears(this.#ask())
  }

  /** Forgets all that it has been told until now. */
  async forget(): Promise<void> {
    await this.peer.expectUntil(this.#ask())
  }

  /** A question that only the server can answer, and its answer, which comes after all that is on the way already. */
  #ask(): string {
    const id = `question-${++this.#questions}`
    this.send(`<iq type='get' id='${id}'><question xmlns='urn:example:question'/></iq>`)
    return `<iq to="${this.jid}" id="${id}" type="error"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`
  }
}

/** Waits until nothing more happens by itself: storage in memory and microtasks. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A stanza error as the server writes it. */
export function errorOf(type: string, condition: string): string {
  return `<error type="${type}"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>`
}

/** Juliet and Romeo, online, each subscribed to the other; they have forgotten how that came. */
export async function friends(stage: Stage, presence = '<presence/>'): Promise<{ juliet: Actor; romeo: Actor }> {
  const juliet = await stage.online('juliet@example.com/balcony', presence)
  const romeo = await stage.online('romeo@example.net/orchard')
  juliet.send(`<presence type='subscribe' to='romeo@example.net'/>`)
  await romeo.peer.expectUntil(`<presence type="subscribe" from="juliet@example.com" to="romeo@example.net"/>`)
  romeo.send(
    `<presence type='subscribed' to='juliet@example.com'/><presence type='subscribe' to='juliet@example.com'/>`,
  )
  await juliet.peer.expectUntil(`<presence type="subscribe" from="romeo@example.net" to="juliet@example.com"/>`)
  juliet.send(`<presence type='subscribed' to='romeo@example.net'/>`)
  await settled()
  await juliet.forget()
  await romeo.forget()
  return { juliet, romeo }
}

/** A module that writes down the presence that leaves each domain, for what reaches no client. */
export function listener(): { module: AnyServerModule; left: string[] } {
  const left: string[] = []
  const module: AnyServerModule = {
    name: 'listener',
    setup: (host) => [
      host.on(
        'archive',
        ({ stanza: { kind, element } }) => {
          const { from, to, type, id } = element.attributes
          if (kind === 'presence') left.push(`${type ?? 'available'} ${id ?? '-'} ${from} → ${to}`)
          return undefined
        },
        { direction: 'outbound' },
      ),
    ],
  }
  return { module, left }
}

/** A roster push with one item, whatever its id and version. */
export function push(to: string, item: string, version = '*'): string {
  return `<iq type="set" id="*" to="${to}"><query xmlns="jabber:iq:roster" ver="${version}">${item}</query></iq>`
}
