import type { Jid } from '@parlour/jid'
import type { Message, Presence, Stanza } from '@parlour/stanza'
import { SM_NAMESPACE } from '@parlour/stream-management'
import type { Environment } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import type { Signal } from './abort.ts'
import { type AcknowledgementOptions, untilAcknowledged, untilAnswered } from './acknowledgement.ts'
import { type Addressing, clientAddressing } from './addressing.ts'
import type { Client, ClientCounters, ClientExtension, ClientOptions, ClientStream, IqAccess } from './client.ts'
import { ClientError } from './client-error.ts'
import type { ConnectionState } from './connection-state.ts'
import { Connector } from './connector.ts'
import { ExtensionSet } from './extension-set.ts'
import { InlineRequests } from './inline-requests.ts'
import { IqHandlers } from './iq-handlers.ts'
import { type IqOptions, IqRequests } from './iq-requests.ts'
import { DEFAULT_KEEPALIVE, Keepalive, PING } from './keepalive.ts'
import { Listeners } from './listeners.ts'
import { untilOnline } from './online.ts'
import { DEFAULT_RECONNECTION } from './reconnection.ts'
import { Rewrites } from './rewrites.ts'
import { receive } from './session.ts'
import type { QueueOptions } from './stanza-queue.ts'
import { StanzaQueues } from './stanza-queues.ts'
import type { StreamAgreement } from './stream/index.ts'
import { ManagedSession } from './stream-management/managed-session.ts'
import { DEFAULT_STREAM_MANAGEMENT } from './stream-management/options.ts'

/**
 * Makes a client, which begins to connect at once; {@link Client.online} tells when it is. After a failure that may
 * pass it connects again, later each time; it gives up when the server refuses the credentials, replaces the session
 * (`conflict`) or reports a violation of its policy.
 *
 * @example
 * await using client = createClient({
 *   jid, environment,
 *   open: async (signal, session) =>
 *     openClientStream(await connectTcp({ …, signal }), { jid, credentials: { password }, environment, signal, session }),
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
  readonly #session: ManagedSession
  readonly #handlers = new IqHandlers()
  readonly #states = new Listeners<ConnectionState>()
  readonly #stanzas = new Listeners<Stanza>()
  readonly #queues = new StanzaQueues(this.#stanzas, () => void this.counters.droppedStanzas++)
  readonly #extensions = new ExtensionSet()
  readonly #rewrites = new Rewrites()
  readonly #inline = new InlineRequests()
  #keepalive: Keepalive | undefined
  #jid: Jid
  #isEnding = false
  readonly #dead = () => this.#connector.drop(new ClientError('keepalive-timeout'))
  readonly #abort = () => void this.#end(new ClientError('aborted', { cause: this.#options.signal?.reason }))

  constructor(options: ClientOptions) {
    this.#options = options
    this.#jid = options.jid
    this.environment = options.environment
    this.#addressing = options.addressing ?? clientAddressing(() => this.#jid)
    this.#requests = new IqRequests(options.environment, this.#addressing)
    const { reconnection = {}, streamManagement = {}, environment } = options
    this.#session = new ManagedSession(
      environment,
      streamManagement === false ? undefined : { ...DEFAULT_STREAM_MANAGEMENT, ...streamManagement },
      {
        dead: this.#dead,
        violated: (error) => queueMicrotask(() => this.#connector.refuse(error)),
      },
    )
    this.#connector = new Connector(
      {
        environment,
        reconnection: reconnection === false ? undefined : { ...DEFAULT_RECONNECTION, ...reconnection },
        open: async (signal) => options.open(signal, { ...this.#session.wish, inline: this.#inline.wanted }),
      },
      {
        changed: (state) => this.#changed(state),
        opened: (stream) => this.#opened(stream),
        lost: () => this.#lost(),
      },
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
    return this.#connector.stream && this.#session.agreement
  }

  get extensions(): readonly ClientExtension<unknown>[] {
    return this.#extensions.all
  }

  /** @internal */
  start(): void {
    const { signal } = this.#options
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
    else this.#connector.start()
  }

  online(signal?: Signal): Promise<void> {
    return untilOnline(this.state, this.#states, signal)
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#states.add(listener)
  }

  send(stanza: Element): Promise<void> {
    const error = this.#sendNow(stanza)
    return error ? Promise.reject(error) : SENT
  }

  sendAcknowledged(stanza: Element, options: AcknowledgementOptions = {}): Promise<void> {
    if (this.state.status === 'closed') return Promise.reject(this.#absence())
    if (!this.#session.isManaged) return this.send(stanza).then(() => untilAnswered(this.#ping(options)))
    return untilAcknowledged(this.environment, options, (settle) => this.#transmit(stanza, settle))
  }

  outgoing(rewrite: (stanza: Element) => Element): () => void {
    return this.#rewrites.add(rewrite)
  }

  inline(feature: string, element: () => Element | undefined): () => void {
    return this.#inline.add(feature, element)
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
    return this.#extensions.use(extension, this)
  }

  close(): Promise<void> {
    return this.#end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end()
  }

  async #end(error?: ClientError): Promise<void> {
    this.#isEnding = true
    this.#session.farewell()
    await this.#connector.close(error)
    this.#session.end(error)
  }

  /** @returns whether the session of before goes on */
  #opened(stream: ClientStream): boolean {
    this.#jid = stream.jid
    const resumed = this.#session.attach(stream)
    // Answers would go to the former address.
    if (!resumed) this.#requests.failAll(new ClientError('disconnected'))
    return resumed
  }

  /** @returns whether the session may go on */
  #lost(): boolean {
    this.#session.detach()
    return this.#session.isResumable
  }

  #changed(state: ConnectionState): void {
    this.#keepalive?.stop()
    this.#keepalive = undefined
    if (state.status === 'online') this.#watch()
    else if (state.status === 'closed') this.#wentDown('closed', state.error)
    else if (state.status === 'waiting' && !state.resumable) this.#wentDown('disconnected', state.error)
    this.#states.emit(state)
    // What came early is handed on only now, when everybody knows of the stream.
    if (state.status === 'online') this.#connector.stream?.onElement((element) => this.#receive(element))
    if (state.status === 'closed') this.#release(state.error)
  }

  #watch(): void {
    const { keepalive = {}, environment } = this.#options
    if (keepalive === false) return
    const watched = {
      environment,
      ping: async (options: IqOptions) => (this.#session.isManaged ? this.#session.prod() : this.#ping(options)),
      sendWhitespace: () => this.#connector.stream?.send(' '),
      dead: this.#dead,
    }
    this.#keepalive = new Keepalive({ ...DEFAULT_KEEPALIVE, ...keepalive }, watched)
  }

  #ping(options: IqOptions): Promise<Element | undefined> {
    return this.iq.get(PING, { ...options, to: this.#addressing.pinged() })
  }

  #wentDown(code: 'closed' | 'disconnected', cause: ClientError | undefined): void {
    this.#requests.failAll(new ClientError(code === 'closed' && !cause ? 'closed' : 'disconnected', { cause }))
  }

  #release(error: ClientError | undefined): void {
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#queues.end(error)
    // While a stream is closed in order, acknowledgements still come.
    if (!this.#isEnding) this.#session.end(error)
  }

  #receive(element: Element): void {
    this.#keepalive?.heard()
    this.#session.heard()
    if (element.namespace === SM_NAMESPACE && this.#session.receive(element)) return
    receive(element, {
      requests: this.#requests,
      handlers: this.#handlers,
      stanzas: this.#stanzas,
      counters: this.counters,
      reply: this.#reply,
    })
    this.#session.handled(element)
  }

  /** An answer that comes when the session is gone, or to nobody, has nobody to go to. */
  readonly #reply = (element: Element): void => {
    if (this.#connector.stream || this.#session.isManaged) this.#transmit(element)
  }

  #request(type: 'get' | 'set', payload: Element, options: IqOptions = {}): Promise<Element | undefined> {
    const send = (request: Element) => {
      const error = this.#sendNow(request)
      if (error) throw error
    }
    try {
      return this.#requests.request(type, payload, options, send)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #sendNow(stanza: Element): Error | undefined {
    return this.#connector.stream ? this.#transmit(stanza) : this.#absence()
  }

  #absence(): ClientError {
    return new ClientError(this.state.status === 'closed' ? 'closed' : 'disconnected')
  }

  /** Without a stream, what is managed waits for the next one. */
  #transmit(stanza: Element, settle?: (error?: ClientError) => void): Error | undefined {
    const outgoing = this.#addressing.complete(stanza)
    return outgoing instanceof Error ? outgoing : this.#session.send(this.#rewrites.apply(outgoing), settle)
  }

  #iterate<Kind extends 'message' | 'presence'>(kind: Kind, options: QueueOptions) {
    const queue = this.#queues.open(kind, options)
    if (this.state.status === 'closed') queue.end(this.state.error)
    return queue
  }
}

declare const queueMicrotask: (callback: () => void) => void
