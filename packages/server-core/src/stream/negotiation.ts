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
import type { Connection } from '@parlour/transport'
import { type Element, el } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'
import { STREAM_NAMESPACE } from '@parlour/xml-stream'
import { authenticationStep, mechanismFeatures } from './authentication.ts'
import type { Inbox } from './inbox.ts'
import type { ClientSession, ClientStream, StreamHost, StreamKernel } from './kernel-port.ts'
import type { ClientStreamOptions } from './options.ts'
import type { Outbound } from './outbound.ts'
import { receiverPolicy } from './receiver-policy.ts'

/** What a negotiation acts upon. */
export interface NegotiationParts {
  readonly connection: Connection
  readonly options: ClientStreamOptions
  readonly kernel: StreamKernel
  readonly stream: ClientStream
  readonly outbound: Outbound
  readonly inbox: Inbox
  /** A new stream begins: the parser forgets the old one. */
  restart(): void
  established(session: ClientSession, lang: string | undefined): void
  /** The negotiation is over without a session; `footer`: `</stream>` may still be sent. */
  failed(error: StreamError | undefined, footer: boolean): void
}

type Output<Type extends ReceiverOutput['type']> = Extract<ReceiverOutput, { type: Type }>

/** Runs the receiving machine until a resource is bound: gives it what arrives, does what it says. */
export class Negotiation {
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
    for (const output of outputs) this.#perform[output.type](output as never)
  }

  readonly #perform: { readonly [Type in ReceiverOutput['type']]: (output: Output<Type>) => void } = {
    'set-negotiation-timer': ({ milliseconds }) => this.#setTimer(milliseconds),
    'clear-negotiation-timer': () => this.#cancelTimer?.(),
    'send-header': ({ header }) => this.#parts.outbound.header(header),
    'send-features': ({ features }) => this.#parts.outbound.element(el('features', STREAM_NAMESPACE, {}, ...features)),
    send: ({ element }) => this.#parts.outbound.element(element),
    'start-tls': ({ domain }) => this.#startTls(domain),
    restart: () => this.#parts.restart(),
    authenticate: ({ element }) => this.#authenticate(element),
    bind: (output) => this.#bind(output),
    'negotiate-extension': (output) => this.#negotiate(output),
    'request-before-authentication': ({ element }) => this.#host?.beforeAuthentication?.(element, this.#parts.stream),
    established: ({ lang }) => this.#session && this.#parts.established(this.#session, lang),
    close: ({ error, footer }) => this.#parts.failed(error, footer),
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
