import { createReceiverExchange, type ReceiverExchange } from '@parlour/sasl'
import { StanzaError } from '@parlour/stanza'
import {
  type ReceiverInput,
  type ReceiverOutput,
  type ReceiverState,
  startReceiver,
  stepReceiver,
} from '@parlour/stream-negotiation'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import { type Element, el } from '@parlour/xml'
import { STREAM_NAMESPACE } from '@parlour/xml-stream'
import type { AcceptedStreamParts, StreamNegotiation } from './accepted-stream.ts'
import { authenticationStep, mechanismFeatures } from './authentication.ts'
import type { ClientSession, StreamHost, StreamKernel } from './kernel-port.ts'
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
  #host: StreamHost | undefined
  #exchange: ReceiverExchange | undefined
  #session: ClientSession | undefined
  #cancelTimer: (() => void) | undefined

  constructor(parts: NegotiationParts) {
    this.#parts = parts
    const policy = receiverPolicy(parts.kernel, parts.options, (host) => this.#mechanisms(host))
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
    'send-features': (self, { features }) =>
      self.#parts.outbound.element(el('features', STREAM_NAMESPACE, {}, ...features)),
    send: (self, { element }) => self.#parts.outbound.element(element),
    'start-tls': (self, { domain }) => self.#startTls(domain),
    restart: (self) => self.#parts.restart(),
    authenticate: (self, { element }) => self.#authenticate(element),
    bind: (self, output) => self.#bind(output),
    'negotiate-extension': (self, output) => self.#negotiate(output),
    'request-before-authentication': (self, { element }) =>
      self.#host?.beforeAuthentication?.(element, self.#parts.stream),
    established: (self, { lang }) => self.#session && self.#parts.established(self.#session, lang),
    close: (self, { error, footer }) => self.#parts.failed(error, footer),
  }

  #setTimer(milliseconds: number): void {
    this.#cancelTimer = this.#parts.kernel.environment.setTimer(milliseconds, () => {
      this.#parts.inbox.clear()
      this.step({ type: 'negotiation-timeout' })
    })
  }

  /** Made anew for every stream, from what is now known of the connection. */
  #mechanisms(host: StreamHost): readonly Element[] {
    const { connection, options } = this.#parts
    const { security, remoteAddress } = connection
    const server = host.saslServer({ tls: security !== undefined, security, remoteAddress })
    this.#host = host
    this.#exchange = createReceiverExchange(server, { maximumAttempts: options.maxAuthenticationFailures })
    return mechanismFeatures(server, security)
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
    const [host, exchange] = [this.#host, this.#exchange]
    if (!host || !exchange) this.step({ type: 'sasl', send: [], outcome: { type: 'failure' } })
    else
      this.#then(exchange.receive(element), (outcome) =>
        this.step({ type: 'sasl', ...authenticationStep(outcome, host.domain) }),
      )
  }

  #bind({ account, resource }: Output<'bind'>): void {
    const { kernel, stream } = this.#parts
    const host = kernel.host(account.domain)
    this.#then(host ? host.bind(account, resource, stream) : new StanzaError('not-allowed'), (result) => {
      if (result instanceof StanzaError) this.step({ type: 'bind-failed', error: result })
      else this.#enter(result, 'bound')
    })
  }

  #negotiate({ account, element }: Output<'negotiate-extension'>): void {
    const { kernel, stream } = this.#parts
    this.#then(kernel.host(account.domain)?.negotiate?.(account, element, stream), (session) => {
      if (session) this.#enter(session, 'extension')
      else this.step({ type: 'extension', jid: undefined })
    })
  }

  /** A session that comes after the end is told at once: nobody else will. */
  #enter(session: ClientSession, type: 'bound' | 'extension'): void {
    if (this.#state.name === 'closed') session.closed('lost')
    else {
      this.#session = session
      this.step({ type, jid: session.jid })
    }
  }

  #then<Value>(value: Value | Promise<Value>, next: (value: Value) => void): void {
    if (value instanceof Promise) this.#parts.inbox.waitFor(value, next)
    else next(value)
  }
}
