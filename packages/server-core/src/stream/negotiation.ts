import { StanzaError } from '@parlour/stanza'
import {
  type ReceiverInput,
  type ReceiverOutput,
  type ReceiverState,
  startReceiver,
  stepReceiver,
} from '@parlour/stream-negotiation'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import type { AcceptedStreamParts, StreamNegotiation } from './accepted-stream.ts'
import { Authentication } from './authentication.ts'
import type { ClientSession, StreamKernel } from './kernel-port.ts'
import type { ClientStreamOptions } from './options.ts'
import { receiverPolicy } from './receiver-policy.ts'

/** What the negotiation of a client's stream acts upon. */
export interface NegotiationParts extends AcceptedStreamParts<ClientSession> {
  readonly options: ClientStreamOptions
  readonly kernel: StreamKernel
}

type Output<Type extends ReceiverOutput['type']> = Extract<ReceiverOutput, { type: Type }>

/** Runs the receiving machine until a resource is bound: gives it what arrives, does what it says. */
export class Negotiation implements StreamNegotiation {
  readonly #parts: NegotiationParts
  #state: ReceiverState
  readonly #authentication: Authentication
  #session: ClientSession | undefined
  #cancelTimer: (() => void) | undefined

  constructor(parts: NegotiationParts) {
    this.#parts = parts
    this.#authentication = new Authentication(parts)
    const policy = receiverPolicy(parts.kernel, parts.options, (host) => this.#authentication.features(host))
    const start = startReceiver(policy, parts.connection.security !== undefined)
    this.#state = start.state
    this.#run(start.outputs)
  }

  /** The peer's default language, as the header of the current stream names it. */
  get lang(): string | undefined {
    return this.#state.name === 'closed' ? undefined : this.#state.stream.lang
  }

  step(input: ReceiverInput): void {
    const { state, outputs } = stepReceiver(this.#state, input, this.#parts.kernel.environment)
    this.#state = state
    this.#run(outputs)
  }

  /** The connection is gone; answers that are still to come are of no use. */
  end(): void {
    this.#state = { name: 'closed' }
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #run(outputs: readonly ReceiverOutput[]): void {
    for (const output of outputs) Negotiation.#perform[output.type](this, output as never)
  }

  static readonly #perform: {
    readonly [Type in ReceiverOutput['type']]: (self: Negotiation, output: Output<Type>) => void
  } = {
    'set-negotiation-timer': (self, { milliseconds }) => self.#setTimer(milliseconds),
    'clear-negotiation-timer': (self) => self.#cancelTimer?.(),
    'send-header': (self, { header }) => self.#parts.outbound.header(header),
    'send-features': (self, { features }) => self.#parts.outbound.features(features),
    send: (self, { element }) => self.#parts.outbound.element(element),
    'start-tls': (self, { domain }) => self.#startTls(domain),
    restart: (self) => self.#parts.restart(),
    authenticate: (self, { element }) => self.#authenticate(element),
    bind: (self, output) => self.#bind(output),
    'negotiate-extension': (self, output) => self.#negotiate(output),
    'request-before-authentication': (self, { element }) =>
      self.#authentication.host?.beforeAuthentication?.(element, self.#parts.stream),
    'begin-sasl2': (self, { request }) =>
      self.#answer(self.#authentication.signIn.begin(request), (outcome) => ({ type: 'sasl2', outcome })),
    'continue-sasl2': (self, { message }) =>
      self.#answer(self.#authentication.signIn.respond(message), (outcome) => ({ type: 'sasl2', outcome })),
    'abort-sasl2': (self) => self.#authentication.signIn.abort(),
    'ask-tasks': (self, { account, request }) =>
      self.#answer(self.#authentication.signIn.tasks(account, request), (tasks) => ({ type: 'tasks', ...tasks })),
    'perform-task': (self, { account, task, isFirst, content }) =>
      self.#answer(self.#authentication.signIn.perform(account, task, isFirst, content), (outcome) => ({
        type: 'task',
        outcome,
      })),
    activate: (self, output) => self.#activate(output),
    established: (self, { lang }) => self.#session && self.#parts.established(self.#session, lang),
    close: (self, { error, footer }) => self.#parts.failed(error, footer),
  }

  #setTimer(milliseconds: number): void {
    this.#cancelTimer = this.#parts.kernel.environment.setTimer(milliseconds, () => {
      this.#parts.inbox.clear()
      this.step({ type: 'negotiation-timeout' })
    })
  }

  #startTls(domain: string): void {
    this.#parts.restart() // what stands behind the command in the same chunk is an injection (RFC 6120 §5.4.3.3)
    const { connection, inbox } = this.#parts
    const handshake = connection.startTls({ servername: toAsciiDomain(domain) }).then(
      () => ({ type: 'tls-established' }) as const,
      () => ({ type: 'tls-failed' }) as const, // the connection is closed, and says so itself
    )
    inbox.waitReading(handshake, (input) => this.step(input))
  }

  #authenticate(element: Element): void {
    this.#answer(this.#authentication.receive(element), (step) => ({ type: 'sasl', ...step }))
  }

  /** The session can be reached before the client knows its address: what comes for it waits for the answer. */
  #bind({ account, resource }: Output<'bind'>): void {
    const { kernel, stream, outbound } = this.#parts
    const host = kernel.host(account.domain)
    outbound.hold()
    this.#then(host ? host.bind(account, resource, stream) : new StanzaError('not-allowed'), (result) => {
      if (result instanceof StanzaError) this.step({ type: 'bind-failed', error: result })
      else this.#enter(result, 'bound')
      outbound.release()
    })
  }

  #negotiate({ account, element }: Output<'negotiate-extension'>): void {
    const { kernel, stream } = this.#parts
    this.#then(kernel.host(account.domain)?.negotiate?.(account, element, stream), (session) => {
      if (session) this.#enter(session, 'extension')
      else this.step({ type: 'extension', jid: undefined })
    })
  }

  /** What is written for the client in an established stream comes behind `<success/>`. */
  #activate({ account, request }: Output<'activate'>): void {
    this.#parts.outbound.hold()
    this.#then(this.#authentication.signIn.activate(account, request, this.#parts.stream), (signedIn) => {
      const { session, resumed = false, negotiated, results, written } = signedIn
      if (session && this.#state.name === 'closed') session.closed('lost', this.#parts.stream)
      else {
        this.#session = session
        this.step({ type: 'activated', jid: session?.jid, resumed, negotiated, results })
        this.#parts.outbound.release()
        written?.()
      }
    })
  }

  #answer<Value>(value: Value | Promise<Value>, input: (value: Value) => ReceiverInput): void {
    this.#then(value, (settled) => this.step(input(settled)))
  }

  /** A session that comes after the end is told at once: nobody else will. */
  #enter(session: ClientSession, type: 'bound' | 'extension'): void {
    if (this.#state.name === 'closed') session.closed('lost', this.#parts.stream)
    else {
      this.#session = session
      this.step({ type, jid: session.jid })
      this.#authentication.entered(session)
    }
  }

  #then<Value>(value: Value | Promise<Value>, next: (value: Value) => void): void {
    if (value instanceof Promise) this.#parts.inbox.waitFor(value, next)
    else next(value)
  }
}
