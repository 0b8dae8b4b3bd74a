import { createInitiatorExchange, type InitiatorExchange, type InitiatorOutcome } from '@parlour/sasl'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import {
  DEFAULT_INITIATOR_TIMEOUT,
  type InitiatorInput,
  type InitiatorOutput,
  type InitiatorPolicy,
  type InitiatorState,
  startInitiator,
  stepInitiator,
} from '@parlour/stream-negotiation'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import type { Connection } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import {
  type StreamHandler,
  StreamParser,
  StreamWriter,
  UNAUTHENTICATED_LIMITS,
  WRITTEN_LIMITS,
} from '@parlour/xml-stream'
import { OpenedClientStream } from './opened-client-stream.ts'
import type { OpenClientStreamOptions } from './options.ts'
import { saslOptions } from './sasl-options.ts'
import { Sasl2Driver } from './sasl2-driver.ts'

const DEFAULT_CLOSING_TIMEOUT = 5_000

type Output<Type extends InitiatorOutput['type']> = Extract<InitiatorOutput, { type: Type }>

/** How an opening ends. */
export interface Settlement {
  resolve(stream: OpenedClientStream): void
  reject(error: Error): void
}

/** Runs the initiating machine on a connection until the stream is established or has failed. */
export class Opening {
  readonly #connection: Connection
  readonly #options: OpenClientStreamOptions
  readonly #settlement: Settlement
  readonly #parser: StreamParser
  readonly #writer = new StreamWriter({ contentNamespace: CLIENT_NAMESPACE })
  /** Who hears the parser: the negotiation, then the opened stream. */
  #handler: StreamHandler
  #state: InitiatorState
  #exchange: InitiatorExchange | undefined
  readonly #sasl2: Sasl2Driver
  /** What arrived behind success, while that is judged. */
  #early: ((handler: StreamHandler) => void)[] | undefined
  #cancelTimer: (() => void) | undefined
  readonly #abort = () => this.#step({ type: 'abort', cause: this.#options.signal?.reason })

  constructor(connection: Connection, options: OpenClientStreamOptions, settlement: Settlement) {
    this.#connection = connection
    this.#options = options
    this.#settlement = settlement
    this.#handler = this.#negotiationHandler()
    this.#sasl2 = new Sasl2Driver(options, connection, (input) => this.#step(input))
    this.#parser = this.#createParser()
    connection.onClose((cause) => this.#step({ type: 'connection-lost', cause }))
    connection.onData((chunk) => this.#parser.write(chunk))
    const start = startInitiator(policyOf(options), connection.security !== undefined)
    this.#state = start.state
    this.#run(start.outputs)
    options.signal?.addEventListener('abort', this.#abort)
    if (options.signal?.aborted) this.#abort()
  }

  #negotiationHandler(): StreamHandler {
    return {
      header: (header) => this.#step({ type: 'header', header }),
      element: (element) => this.#step({ type: 'element', element }),
      footer: () => this.#step({ type: 'footer' }),
      error: (error) => this.#step({ type: 'invalid-input', error }),
    }
  }

  #createParser(): StreamParser {
    const handler: StreamHandler = {
      header: (header) => this.#hear((to) => to.header(header)),
      element: (element) => this.#hear((to) => to.element(element)),
      footer: () => this.#hear((to) => to.footer()),
      error: (error) => this.#hear((to) => to.error(error)),
    }
    // Anybody may have answered on the port.
    return new StreamParser(handler, { limits: UNAUTHENTICATED_LIMITS })
  }

  #hear(event: (handler: StreamHandler) => void): void {
    if (this.#early) this.#early.push(event)
    else event(this.#handler)
  }

  /** What follows success belongs to the state after it. */
  #verify(output: Output<'verify-sasl2'>): void {
    this.#early = []
    this.#connection.pause()
    this.#trust()
    this.#sasl2.verify(output)
  }

  /** The server has proved who it is, or nothing more is read until it has. */
  #trust(): void {
    this.#parser.setLimits(this.#options.limits ?? WRITTEN_LIMITS)
  }

  #step(input: InitiatorInput): void {
    const { state, outputs } = stepInitiator(this.#state, input, this.#options.environment)
    this.#state = state
    this.#run(outputs)
    if (this.#early && (input.type === 'sasl2-verified' || state.name === 'failed')) this.#release(this.#early)
  }

  #release(early: readonly ((handler: StreamHandler) => void)[]): void {
    this.#early = undefined
    // An established stream has paused it until somebody listens.
    if (this.#state.name !== 'established') this.#connection.resume()
    for (const event of early) event(this.#handler)
  }

  #run(outputs: readonly InitiatorOutput[]): void {
    for (const output of outputs) Opening.#perform[output.type](this, output as never)
  }

  static readonly #perform: {
    readonly [Type in InitiatorOutput['type']]: (self: Opening, output: Output<Type>) => void
  } = {
    'set-negotiation-timer': (self, { milliseconds }) => self.#setTimer(milliseconds),
    'clear-negotiation-timer': (self) => self.#cancelTimer?.(),
    'send-header': (self, { header }) => self.#connection.write(self.#writer.header(header)),
    send: (self, { element }) => self.#connection.write(self.#writer.element(element)),
    'start-tls': (self, { domain }) => self.#startTls(domain),
    restart: (self) => self.#parser.reset(),
    'begin-authentication': (self, output) => self.#beginAuthentication(output),
    authenticate: (self, { element }) => self.#authenticate(element),
    'begin-sasl2': (self, output) => self.#sasl2.begin(output),
    'sasl2-challenge': (self, output) => self.#sasl2.challenge(output),
    'sasl2-task': (self, output) => self.#sasl2.perform(output),
    'verify-sasl2': (self, output) => self.#verify(output),
    'sasl2-refused': (self, output) => self.#sasl2.refused(output),
    'sasl2-results': (self, output) => self.#sasl2.take(output),
    established: (self, output) => self.#establish(output),
    failed: (self, output) => self.#fail(output),
  }

  #setTimer(milliseconds: number): void {
    const { environment } = this.#options
    this.#cancelTimer = environment.setTimer(milliseconds, () => this.#step({ type: 'negotiation-timeout' }))
  }

  #startTls(domain: string): void {
    this.#parser.reset() // what stands behind <proceed/> in the same chunk is an injection (RFC 6120 §5.4.3.3)
    this.#connection.startTls({ servername: toAsciiDomain(domain) }).then(
      () => this.#step({ type: 'tls-established' }),
      (cause: unknown) => this.#step({ type: 'tls-failed', cause }),
    )
  }

  #beginAuthentication({ features, mechanisms }: Output<'begin-authentication'>): void {
    try {
      this.#exchange = createInitiatorExchange(saslOptions(this.#options, this.#connection, features, mechanisms))
    } catch (cause) {
      this.#step({ type: 'sasl-failure', cause })
      return
    }
    this.#step({ type: 'sasl-continue', send: this.#exchange.start })
  }

  #authenticate(element: Element): void {
    const outcome = this.#exchange?.receive(element)
    if (outcome instanceof Promise)
      outcome.then(
        (settled) => this.#takeOutcome(settled),
        (cause: unknown) => this.#step({ type: 'sasl-failure', cause }),
      )
    else if (outcome) this.#takeOutcome(outcome)
  }

  #takeOutcome(outcome: InitiatorOutcome): void {
    if (outcome.type === 'continue') this.#step({ type: 'sasl-continue', send: outcome.send })
    else if (outcome.type === 'success') {
      this.#trust()
      this.#step({ type: 'sasl-success' })
    } else this.#step({ type: 'sasl-failure', cause: outcome.error, ...(outcome.send && { send: outcome.send }) })
  }

  #establish({ jid, features, header, resumption, bound }: Output<'established'>): void {
    this.#options.signal?.removeEventListener('abort', this.#abort)
    const { environment, closingTimeout = DEFAULT_CLOSING_TIMEOUT, session } = this.#options
    const mechanism = this.#sasl2.mechanism ?? this.#exchange?.mechanism ?? ''
    // A session that goes on along with authentication shows no features (XEP-0198 §9.2).
    const isResumed = resumption?.type === 'resumed' && session?.resume
    const stream = new OpenedClientStream(
      {
        ...{ jid, header, mechanism, resumption, enabled: bound?.enabled },
        features: isResumed ? session.resume.features : features,
        inline: new Set(bound?.features),
      },
      { connection: this.#connection, writer: this.#writer, environment, closingTimeout },
    )
    this.#handler = stream
    this.#settlement.resolve(stream)
  }

  /** No socket and no timer is left behind. */
  #fail({ error, streamError, footer }: Output<'failed'>): void {
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#parser.stop()
    if (footer) {
      this.#connection.write((streamError ? this.#writer.error(streamError) : '') + this.#writer.footer())
      this.#connection.end()
    } else this.#connection.destroy()
    this.#settlement.reject(error)
  }
}

function policyOf(options: OpenClientStreamOptions): InitiatorPolicy {
  const { jid, lang, tls = 'required', negotiationTimeout = DEFAULT_INITIATOR_TIMEOUT, session } = options
  const { sasl2 = true, userAgent, resourceTag: tag } = options
  return {
    domain: jid.domain,
    account: jid.local === '' ? undefined : jid.bare,
    lang,
    tls,
    resource: jid.resource === '' ? undefined : jid.resource,
    negotiationTimeout,
    resume: session?.resume,
    // Bind 2 has no place for a resource that is asked for.
    sasl2: sasl2
      ? { userAgent, ...(jid.resource === '' && { bind: { tag, enable: session?.enable, features: session?.inline } }) }
      : undefined,
  }
}
