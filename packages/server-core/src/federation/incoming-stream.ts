import { SERVER_NAMESPACE } from '@parlour/stanza'
import { readStreamManagement } from '@parlour/stream-management'
import {
  type ServerReceiverInput,
  type ServerReceiverOutput,
  type ServerReceiverState,
  startServerReceiver,
  stepServerReceiver,
} from '@parlour/stream-negotiation'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import type { Connection } from '@parlour/transport'
import { type Element, el } from '@parlour/xml'
import { STREAM_NAMESPACE, StreamError, type StreamHeader } from '@parlour/xml-stream'
import { type PresentedCertificate, readCertificate } from './certificate.ts'
import { DialbackReceiver } from './dialback-receiver.ts'
import { DomainPairs } from './domain-pairs.ts'
import type { FederationContext } from './federation-context.ts'
import { isServerStanza } from './inbound-stanzas.ts'
import { IncomingManagement } from './incoming-management.ts'
import { incomingPolicy, refusalOf } from './incoming-policy.ts'
import { IncomingRefusals } from './incoming-refusals.ts'
import type { ResumableSessions } from './resumable-sessions.ts'
import { ServerStream, type ServerStreamRole } from './server-stream.ts'
import { StanzaExchange } from './stanza-exchange.ts'
import type { Verifier } from './verifier.ts'

/** What incoming streams need of federation. */
export interface IncomingParts {
  readonly context: FederationContext
  readonly sessions: ResumableSessions
  readonly verifier: Verifier
  /** Stanzas of this pair, the other way round, may be written to the exchange (XEP-0288). */
  offer(remote: string, local: string, exchange: StanzaExchange): void
  /** The peer has proved a pair: its server is there. */
  proved(remote: string, local: string): void
  /** The connection is gone. */
  gone(stream: IncomingStream): void
}

type Output<Type extends ServerReceiverOutput['type']> = Extract<ServerReceiverOutput, { type: Type }>

/** Milliseconds that a peer has to begin stream management before a bidirectional stream is used without it. */
const MANAGEMENT_GRACE = 1_000

/** A stream that another server opened, from its first byte to its last. */
export class IncomingStream implements ServerStreamRole {
  readonly pairs = new DomainPairs()
  /** Milliseconds since 1970. */
  readonly since: number
  authentication: 'external' | 'dialback' | 'none' = 'none'
  bidirectional = false
  readonly #parts: IncomingParts
  readonly #context: FederationContext
  readonly #io: ServerStream
  readonly #dialback: DialbackReceiver
  readonly #refusals: IncomingRefusals
  #state!: ServerReceiverState
  #certificate: PresentedCertificate | undefined
  #exchange: StanzaExchange | undefined
  #management: IncomingManagement | undefined
  /** What the peer takes on a bidirectional stream (XEP-0478 §3.2). */
  #maxBytes: number | undefined
  #streamId = ''
  #cancelTimer: (() => void) | undefined
  #closedInOrder = false

  constructor(connection: Connection, parts: IncomingParts) {
    this.#parts = parts
    this.#context = parts.context
    this.since = parts.context.environment.now()
    this.#io = new ServerStream(connection, parts.context, this)
    this.#refusals = new IncomingRefusals(this.#io, this.pairs, parts.context)
    this.#dialback = new DialbackReceiver(this.#dialbackStream(), parts)
    const secured = connection.security !== undefined
    const facts = { secured: () => this.#io.security !== undefined, proves: (domain: string) => this.#proves(domain) }
    this.#run(startServerReceiver(incomingPolicy(parts.context, facts), secured))
    if (secured) this.#io.waitReading(this.#judge(), () => {})
    this.#io.open()
  }

  get io(): ServerStream {
    return this.#io
  }

  get exchange(): StanzaExchange | undefined {
    return this.#exchange
  }

  header(header: StreamHeader): void {
    this.#refusals.claims(header.from)
    this.#step({ type: 'header', header })
  }

  element(element: Element): void | Promise<void> {
    if (this.#exchange) {
      if (isServerStanza(element)) return this.#stanza(this.#exchange, element)
      const management = this.#context.streamManagement ? readStreamManagement(element) : undefined
      if (management) return this.#management?.take(management)
      // RFC 6120 §4.9.3.10: the parser has moved it where it cannot be taken for the content of this stream.
      if (element.namespace === SERVER_NAMESPACE)
        return this.#step({ type: 'close', error: new StreamError('invalid-namespace') })
    }
    if (element.is('error', STREAM_NAMESPACE)) this.#peerError(StreamError.fromElement(element))
    this.#step({ type: 'element', element })
  }

  footer(): void {
    this.#closedInOrder = true
    this.#io.close()
    this.#exchange?.over(true)
    this.#step({ type: 'footer' })
  }

  invalid(error: StreamError): void {
    this.#step({ type: 'stream-error', error })
  }

  closing(): void {
    this.#exchange?.acknowledgeLast()
  }

  readonly settled = (): Promise<void> | undefined => this.#exchange?.settled()

  drained(): void {
    this.#exchange?.drained()
  }

  overflowed(): void {
    this.#refusals.overflowed()
  }

  lost(): void {
    this.#cancelTimer?.()
    this.#dialback.ended()
    this.#management?.ended(this.#closedInOrder)
    this.#exchange?.over()
    this.#parts.gone(this)
  }

  #stanza(exchange: StanzaExchange, element: Element): void | Promise<void> {
    const done = exchange.receive(element)
    if (this.#cancelTimer && !exchange.session) this.#offer()
    return done
  }

  #proves(domain: string): boolean {
    return this.#certificate?.proves(domain).verified === true
  }

  async #judge(): Promise<void> {
    this.#certificate = await readCertificate(this.#io.security, this.#context)
  }

  #step(input: ServerReceiverInput): void {
    this.#run(stepServerReceiver(this.#state, input, this.#context.environment))
  }

  #run({ state, outputs }: ReturnType<typeof stepServerReceiver>): void {
    this.#state = state
    for (const output of outputs) IncomingStream.#perform[output.type](this, output as never)
  }

  static readonly #perform: {
    readonly [Type in ServerReceiverOutput['type']]: (self: IncomingStream, output: Output<Type>) => void
  } = {
    'set-negotiation-timer': (self, { milliseconds }) => self.#setTimer(milliseconds),
    'clear-negotiation-timer': (self) => self.#clearTimer(),
    'send-header': (self, { header }) => self.#sendHeader(header),
    'send-features': (self, { features }) => self.#io.element(el('features', STREAM_NAMESPACE, {}, ...features)),
    send: (self, { element }) => self.#send(element),
    'start-tls': (self, { domain }) => self.#startTls(domain),
    restart: (self) => self.#io.restart(),
    'verify-external': (self, { from, authzid }) => self.#verifyExternal(from ?? authzid),
    dialback: (self, { element }) => self.#receiveDialback(element),
    bidirectional: (self, { limits }) => {
      self.#maxBytes = limits?.maxBytes
    },
    established: (self, output) => self.#establish(output),
    close: (self, { error, footer }) => self.#close(error, footer),
  }

  #send(element: Element): void {
    this.#refusals.answered(element, this.#certificate)
    this.#io.element(element)
  }

  #receiveDialback(element: Element): void {
    this.#refusals.dialback(element)

    const done = this.#dialback.receive(element)
    if (done) this.#io.waitFor(done, () => {})
  }

  #setTimer(milliseconds: number): void {
    this.#cancelTimer = this.#context.environment.setTimer(milliseconds, () =>
      this.#step({ type: 'negotiation-timeout' }),
    )
  }

  #clearTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #sendHeader(header: StreamHeader): void {
    this.#streamId = header.id ?? ''
    this.#io.header(header)
  }

  #startTls(domain: string): void {
    this.#io.restart() // what stands behind the command in the same chunk is an injection (RFC 6120 §5.4.3.3)
    const handshake = this.#io.connection.startTls({ servername: toAsciiDomain(domain) }).then(
      () => this.#judge().then(() => ({ type: 'tls-established' }) as const),
      () => ({ type: 'tls-failed' }) as const, // the connection is closed, and says so itself
    )
    this.#io.waitReading(handshake, (input) => this.#step(input))
  }

  #verifyExternal(domain: string | undefined): void {
    const refusal = domain === undefined ? undefined : refusalOf(domain, this.#context)
    if (domain !== undefined && !refusal && this.#proves(domain)) {
      this.#step({ type: 'external-result', ok: true, domain })
      return
    }
    const text = refusal?.text ?? (domain && this.#certificate?.proves(domain).reason)
    this.#step({ type: 'external-result', ok: false, text })
  }

  #establish({ remote, local, authentication, bidirectional }: Output<'established'>): void {
    const { limits, log } = this.#context
    this.authentication = authentication
    this.bidirectional = bidirectional
    this.pairs.add(remote, local)
    this.#io.authenticated()
    const exchange = new StanzaExchange(this.#io, this.pairs, this.#context)
    exchange.maxBytes = this.#maxBytes
    exchange.closeWhenIdle(2 * limits.idleTimeout)
    this.#exchange = exchange
    this.#management = new IncomingManagement(exchange, { remote, local }, this.#parts.sessions, this.#context, () =>
      this.#offer(),
    )
    log.info({ remote, local, authentication, bidirectional, ...this.#tls() }, 'a server connected')
    if (bidirectional) this.#offerLater()
    else this.#parts.proved(remote, local)
  }

  #tls(): { readonly tls: string | undefined; readonly remoteAddress: string } {
    return { tls: this.#io.security?.protocol, remoteAddress: this.#io.remoteAddress }
  }

  /** What is written before stream management is enabled is not counted, so its beginning is awaited for a moment. */
  #offerLater(): void {
    if (!this.#context.streamManagement) {
      this.#offer()
      return
    }
    this.#cancelTimer = this.#context.environment.setTimer(MANAGEMENT_GRACE, () => this.#offer())
  }

  #offer(): void {
    this.#clearTimer()
    if (!this.bidirectional || !this.#exchange || this.#exchange.isOver) return
    // The first pair alone: the queues of two would be one in the session of XEP-0198. Others have streams of their own.
    const [pair] = this.pairs.list()
    if (pair) this.#parts.offer(pair.remote, pair.local, this.#exchange)
  }

  #dialbackStream(): ConstructorParameters<typeof DialbackReceiver>[0] {
    return {
      id: () => this.#streamId,
      address: this.#io.remoteAddress,
      pairs: this.pairs,
      send: (element) => this.#io.element(element),
      refusal: (remote) => refusalOf(remote, this.#context),
      certificate: (remote) =>
        this.#certificate?.proves(remote) ?? { verified: false, reason: 'no certificate was presented' },
      valid: (remote, local) => this.#dialbackValid(remote, local),
      close: (error) => this.#step({ type: 'close', error }),
      carrier: () => this.#exchange,
    }
  }

  #dialbackValid(remote: string, local: string): void {
    if (this.#state.name === 'closed') return
    this.pairs.add(remote, local)
    this.#step({ type: 'dialback-valid', remote, local })
  }

  #peerError(error: StreamError): void {
    this.#exchange?.peerError(error)
    this.#refusals.ended(error)
  }

  #close(error: StreamError | undefined, footer: boolean): void {
    if (error) this.#refusals.closed(error)
    this.#exchange?.over()
    if (footer) this.#io.end(error)
    else this.#io.destroy()
  }
}
