import type { Jid } from '@parlour/jid'
import type { Message, Presence, Stanza } from '@parlour/stanza'
import type { Environment } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import type { Signal } from './abort.ts'
import { type Addressing, clientAddressing } from './addressing.ts'
import type { Client, ClientCounters, ClientExtension, ClientOptions, IqAccess } from './client.ts'
import { ClientError } from './client-error.ts'
import type { ConnectionState } from './connection-state.ts'
import { Connector } from './connector.ts'
import { IqHandlers } from './iq-handlers.ts'
import { type IqOptions, IqRequests } from './iq-requests.ts'
import { DEFAULT_KEEPALIVE, Keepalive, PING } from './keepalive.ts'
import { Listeners } from './listeners.ts'
import { DEFAULT_RECONNECTION } from './reconnection.ts'
import { receive } from './session.ts'
import { type QueueOptions, StanzaQueue } from './stanza-queue.ts'
import type { StreamAgreement } from './stream/index.ts'

/**
 * Makes a client, which begins to connect at once; {@link Client.online} tells when it is. After a failure that may
 * pass it connects again, later each time; it gives up when the server refuses the credentials, replaces the session
 * (`conflict`) or reports a violation of its policy.
 *
 * @example
 * await using client = createClient({
 *   jid, environment,
 *   open: async (signal) => openClientStream(await connectTcp({ …, signal }), { jid, credentials: { password }, environment, signal }),
 * })
 * await client.online()
 */
export function createClient(options: ClientOptions): Client {
  const client = new ClientKernel(options)
  client.start()
  return client
}

const SENT = Promise.resolve()

class ClientKernel implements Client {
  readonly environment: Environment
  readonly iq: IqAccess
  readonly counters: ClientCounters = {
    lateReplies: 0,
    spoofedReplies: 0,
    malformedStanzas: 0,
    unknownElements: 0,
    droppedStanzas: 0,
  }
  readonly #options: ClientOptions
  readonly #addressing: Addressing
  readonly #connector: Connector
  readonly #requests: IqRequests
  readonly #handlers = new IqHandlers()
  readonly #states = new Listeners<ConnectionState>()
  readonly #stanzas = new Listeners<Stanza>()
  readonly #queues = new Set<StanzaQueue<never>>()
  readonly #extensions = new Map<string, { readonly extension: ClientExtension<unknown>; readonly api: unknown }>()
  #rewrites: readonly ((stanza: Element) => Element)[] = []
  #keepalive: Keepalive | undefined
  #jid: Jid
  readonly #abort = () => void this.#end(new ClientError('aborted', { cause: this.#options.signal?.reason }))

  constructor(options: ClientOptions) {
    this.#options = options
    this.#jid = options.jid
    this.environment = options.environment
    this.#addressing = options.addressing ?? clientAddressing(() => this.#jid)
    this.#requests = new IqRequests(options.environment, this.#addressing)
    const { reconnection = {}, environment } = options
    this.#connector = new Connector(
      {
        environment,
        reconnection: reconnection === false ? undefined : { ...DEFAULT_RECONNECTION, ...reconnection },
        open: async (signal) => options.open(signal),
      },
      { changed: (state) => this.#changed(state) },
    )
    this.iq = {
      get: (payload, iqOptions) => this.#request('get', payload, iqOptions),
      set: (payload, iqOptions) => this.#request('set', payload, iqOptions),
      handle: (...registration) => this.#handlers.add(...registration),
    }
  }

  get jid(): Jid {
    return this.#jid
  }

  get state(): ConnectionState {
    return this.#connector.state
  }

  get agreement(): StreamAgreement | undefined {
    return this.#connector.stream?.agreement
  }

  get extensions(): readonly ClientExtension<unknown>[] {
    return Array.from(this.#extensions.values(), ({ extension }) => extension)
  }

  /** @internal */
  start(): void {
    const { signal } = this.#options
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
    else this.#connector.start()
  }

  online(signal?: Signal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: ClientError) => {
        remove()
        signal?.removeEventListener('abort', abort)
        if (error) reject(error)
        else resolve()
      }
      const abort = () => settle(new ClientError('aborted', { cause: signal?.reason }))
      const judge = (state: ConnectionState) => {
        if (state.status === 'online') settle()
        else if (state.status === 'closed') settle(state.error ?? new ClientError('closed'))
      }
      const remove = this.#states.add(judge)
      signal?.addEventListener('abort', abort)
      if (signal?.aborted) abort()
      else judge(this.state)
    })
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#states.add(listener)
  }

  send(stanza: Element): Promise<void> {
    const error = this.#transmit(stanza)
    return error ? Promise.reject(error) : SENT
  }

  outgoing(rewrite: (stanza: Element) => Element): () => void {
    const own = (stanza: Element) => rewrite(stanza)
    this.#rewrites = [...this.#rewrites, own]
    return () => {
      this.#rewrites = this.#rewrites.filter((other) => other !== own)
    }
  }

  messages(options: QueueOptions = {}): AsyncIterableIterator<Message, undefined> {
    return this.#iterate('message', options)
  }

  presences(options: QueueOptions = {}): AsyncIterableIterator<Presence, undefined> {
    return this.#iterate('presence', options)
  }

  stanzas(listener: (stanza: Stanza) => void): () => void {
    return this.#stanzas.add(listener)
  }

  use<Api>(extension: ClientExtension<Api>): Api {
    const known = this.#extensions.get(extension.name)
    if (known) return known.api as Api
    const api = extension.setup(this)
    this.#extensions.set(extension.name, { extension, api })
    return api
  }

  close(): Promise<void> {
    return this.#end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end()
  }

  #end(error?: ClientError): Promise<void> {
    return this.#connector.close(error)
  }

  #changed(state: ConnectionState): void {
    this.#keepalive?.stop()
    this.#keepalive = undefined
    if (state.status === 'online') this.#wentOnline(state.jid)
    else if (state.status === 'closed') this.#wentDown('closed', state.error)
    else if (state.status === 'waiting') this.#wentDown('disconnected', state.error)
    this.#states.emit(state)
    // What came early is handed on only now, when everybody knows of the stream.
    if (state.status === 'online') this.#connector.stream?.onElement((element) => this.#receive(element))
    if (state.status === 'closed') this.#release(state.error)
  }

  #wentOnline(jid: Jid): void {
    this.#jid = jid
    const { keepalive = {}, environment } = this.#options
    if (keepalive === false) return
    this.#keepalive = new Keepalive(
      { ...DEFAULT_KEEPALIVE, ...keepalive },
      {
        environment,
        ping: (options) => this.iq.get(PING, { ...options, to: this.#addressing.pinged() }),
        sendWhitespace: () => this.#connector.stream?.send(' '),
        dead: () => this.#connector.drop(new ClientError('keepalive-timeout')),
      },
    )
  }

  #wentDown(code: 'closed' | 'disconnected', cause: ClientError | undefined): void {
    this.#requests.failAll(new ClientError(code === 'closed' && !cause ? 'closed' : 'disconnected', { cause }))
  }

  #release(error: ClientError | undefined): void {
    this.#options.signal?.removeEventListener('abort', this.#abort)
    for (const queue of [...this.#queues]) queue.end(error)
  }

  #receive(element: Element): void {
    this.#keepalive?.heard()
    receive(element, {
      requests: this.#requests,
      handlers: this.#handlers,
      stanzas: this.#stanzas,
      counters: this.counters,
      reply: this.#reply,
    })
  }

  /** An answer that comes when the stream is gone, or to nobody, has nobody to go to. */
  readonly #reply = (element: Element): void => void this.#transmit(element)

  #request(type: 'get' | 'set', payload: Element, options: IqOptions = {}): Promise<Element | undefined> {
    try {
      return this.#requests.request(type, payload, options, (request) => {
        const error = this.#transmit(request)
        if (error) throw error
      })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #transmit(stanza: Element): ClientError | RangeError | undefined {
    const { stream, state } = this.#connector
    if (!stream) return new ClientError(state.status === 'closed' ? 'closed' : 'disconnected')
    let outgoing = this.#addressing.complete(stanza)
    if (outgoing instanceof Error) return outgoing
    for (const rewrite of this.#rewrites) outgoing = rewrite(outgoing)
    stream.send(outgoing)
    return undefined
  }

  #iterate<Kind extends 'message' | 'presence'>(
    kind: Kind,
    options: QueueOptions,
  ): StanzaQueue<Extract<Stanza, { kind: Kind }>> {
    type Wanted = Extract<Stanza, { kind: Kind }>
    const queue = new StanzaQueue<Wanted>(options, () => void this.counters.droppedStanzas++)
    const remove = this.#stanzas.add((stanza) => {
      if (stanza.kind === kind) queue.push(stanza as Wanted)
    })
    this.#queues.add(queue as StanzaQueue<never>)
    queue.onEnd(() => {
      remove()
      this.#queues.delete(queue as StanzaQueue<never>)
    })
    if (this.state.status === 'closed') queue.end(this.state.error)
    return queue
  }
}
