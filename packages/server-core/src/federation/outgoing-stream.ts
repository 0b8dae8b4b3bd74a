import {
  type DialbackOutcome,
  dialbackError,
  dialbackKey,
  PendingVerifications,
  readDialback,
  verifyRequest,
} from '@parlour/dialback'
import { offersStreamManagement, readStreamManagement } from '@parlour/stream-management'
import {
  type NegotiationError,
  type PeerCertificate,
  type ServerAuthentication,
  type ServerInitiatorInput,
  type ServerInitiatorOutput,
  type ServerInitiatorState,
  startServerInitiator,
  stepServerInitiator,
} from '@parlour/stream-negotiation'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import type { Connection } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import { STREAM_NAMESPACE, StreamError, type StreamHeader } from '@parlour/xml-stream'
import { readCertificate } from './certificate.ts'
import { DomainPairs } from './domain-pairs.ts'
import type { FederationContext } from './federation-context.ts'
import { FederationError } from './federation-error.ts'
import { isServerStanza } from './inbound-stanzas.ts'
import type { ManagedSession } from './managed-session.ts'
import { negotiationFailure, streamFailure } from './negotiation-failure.ts'
import { type ManagementResult, OutgoingManagement } from './outgoing-management.ts'
import type { ServerNames } from './server-connector.ts'
import { ServerStream, type ServerStreamRole } from './server-stream.ts'
import { StanzaExchange } from './stanza-exchange.ts'

/** What an outgoing stream is for. */
export interface OutgoingPurpose extends ServerNames {
  readonly purpose: 'stanzas' | 'verify'
  /** SASL EXTERNAL may be tried. */
  readonly external: boolean
  /** Told of each step, for whoever wants to see them. */
  observe?(step: OutgoingStep): void
}

/** A step of an outgoing stream that was taken. */
export type OutgoingStep =
  | { readonly type: 'tls'; readonly protocol: string; readonly cipher: string }
  /** `chainFault`: why its chain is not accepted, names aside. */
  | { readonly type: 'certificate'; readonly certificate: PeerCertificate; readonly chainFault: string | undefined }
  | { readonly type: 'features'; readonly features: Element }

type Output<Type extends ServerInitiatorOutput['type']> = Extract<ServerInitiatorOutput, { type: Type }>

/** A stream that this server opened, from its first byte to its last. */
export class OutgoingStream implements ServerStreamRole {
  readonly names: ServerNames
  /** Resolves when stanzas (or `<db:verify/>`) may be sent. Rejects with a FederationError. */
  readonly established: Promise<void>
  authentication: ServerAuthentication = 'none'
  certificate: PeerCertificate | undefined
  bidirectional = false
  /** Why the stream ended, if not in order. */
  error: FederationError | undefined
  readonly #io: ServerStream
  readonly #context: FederationContext
  readonly #purpose: OutgoingPurpose
  readonly #verifications: PendingVerifications<(outcome: DialbackOutcome) => void>
  #resolve!: () => void
  #reject!: (error: FederationError) => void
  #state: ServerInitiatorState | undefined
  #exchange: StanzaExchange | undefined
  #offersManagement = false
  #management: OutgoingManagement | undefined
  #isManaging = false
  #cancelTimer: (() => void) | undefined
  #onEnd: (() => void) | undefined

  constructor(connection: Connection, purpose: OutgoingPurpose, context: FederationContext) {
    this.names = purpose
    this.#context = context
    this.#purpose = purpose
    this.#verifications = new PendingVerifications({
      timers: context.environment,
      timeout: context.limits.verificationTimeout,
      expired: (answer) => answer(noAnswer('the authoritative server did not answer in time')),
    })
    this.established = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#io = new ServerStream(connection, context, this)
    this.#start()
  }

  get exchange(): StanzaExchange | undefined {
    return this.#exchange
  }

  get io(): ServerStream {
    return this.#io
  }

  get isOver(): boolean {
    return this.#io.isClosed || this.#io.isLost
  }

  /** Stanzas may be written. */
  get isReady(): boolean {
    return this.#exchange !== undefined && !this.#exchange.isOver && !this.#isManaging
  }

  /** Who is told once that the stream is at its end. */
  onEnd(callback: () => void): void {
    this.#onEnd = callback
  }

  /**
   * Begins stream management if the peer offers it, with a former session if there is one; stanzas may be written when
   * `done` is called. False: it is not to be had.
   */
  manage(former: ManagedSession | undefined, done: (result: ManagementResult) => void): boolean {
    const exchange = this.#exchange
    if (!exchange || !this.#offersManagement || !this.#context.streamManagement) return false
    this.#setTimer(this.#context.limits.negotiationTimeout)
    this.#isManaging = true
    this.#management = new OutgoingManagement(exchange, former, this.#context, (result) => {
      this.#cancelTimer?.()
      this.#isManaging = false
      done(result)
    })
    this.#management.begin()
    return true
  }

  /** Asks the peer, as the authoritative server, about a key (XEP-0220 §2.1.2). Never rejects. */
  verify(id: string, key: string): Promise<DialbackOutcome> {
    const request = { from: this.names.local, to: this.names.remote, id, key }
    return new Promise((resolve) => {
      if (this.isOver || this.#verifications.add(request, resolve) !== 'added')
        return resolve(noAnswer('the authoritative server could not be asked'))
      this.#io.element(verifyRequest(request))
    })
  }

  get pendingVerifications(): number {
    return this.#verifications.size
  }

  close(error?: StreamError): void {
    if (this.#exchange) this.#exchange.close(error)
    else this.#io.close(error)
  }

  abort(cause: FederationError): void {
    this.#step({ type: 'abort', cause })
  }

  header(header: StreamHeader): void {
    this.#step({ type: 'header', header })
  }

  element(element: Element): void | Promise<void> {
    if (this.#state?.name !== 'established') {
      if (element.is('features', STREAM_NAMESPACE)) this.#purpose.observe?.({ type: 'features', features: element })
      return this.#step({ type: 'element', element })
    }
    if (isServerStanza(element)) return this.#stanza(element)
    const management = readStreamManagement(element)
    if (management) {
      if (!this.#management?.take(management)) this.#exchange?.control(management)
    } else if (element.is('error', STREAM_NAMESPACE)) this.#peerError(StreamError.fromElement(element))
    else this.#dialback(element)
  }

  footer(): void {
    if (this.#state?.name !== 'established') {
      this.#step({ type: 'footer' })
      return
    }
    this.#io.end()
    this.#exchange?.over(true)
    this.#end(new FederationError('connection-lost', `${this.names.remote} closed the stream`))
  }

  invalid(error: StreamError): void {
    if (this.#state?.name !== 'established') this.#step({ type: 'invalid-input', error })
    else this.#refuse(error)
  }

  closing(): void {
    this.#exchange?.acknowledgeLast()
  }

  drained(): void {
    this.#exchange?.drained()
  }

  lost(cause: Error | undefined): void {
    this.#step({ type: 'connection-lost', cause })
    const reason = cause ? `: ${cause.message}` : ''
    this.#end(
      new FederationError('connection-lost', `the connection to ${this.names.remote} was lost${reason}`, { cause }),
    )
  }

  #stanza(element: Element): void | Promise<void> {
    if (this.bidirectional && this.#exchange) return this.#exchange.receive(element)
    this.#refuse(new StreamError('not-authorized', 'stanzas come on streams of their own'))
  }

  #refuse(error: StreamError): void {
    if (this.#exchange) this.#exchange.refuse(error)
    else this.#io.close(error)
  }

  #peerError(error: StreamError): void {
    this.#io.end()
    this.#end(streamFailure(error, this.names.remote))
  }

  /** An answer that was not asked for on this stream is not believed (XEP-0220 §3.1). */
  #dialback(element: Element): void {
    const dialback = readDialback(element)
    const answer = dialback?.kind === 'verify-answer' ? this.#verifications.take(dialback) : undefined
    if (answer && dialback?.kind === 'verify-answer') answer(dialback.outcome)
    else
      this.#refuse(new StreamError(dialback ? 'policy-violation' : 'unsupported-stanza-type', 'nobody asked for this'))
  }

  /** Judges a certificate that is there from the beginning (XEP-0368), then begins. */
  #start(): void {
    if (!this.#io.security) {
      this.#run(startServerInitiator(this.#policy(), false))
      this.#io.open()
      return
    }
    void this.#judge().then(
      (certificate) => {
        if (this.#io.isLost) return
        if (certificate instanceof FederationError) return this.#giveUp(certificate, undefined, false)
        this.#run(startServerInitiator(this.#policy(), true, certificate))
        this.#io.open()
      },
      (cause: unknown) => this.#io.fail(cause),
    )
  }

  #policy(): Parameters<typeof startServerInitiator>[0] {
    const { limits, lang, bidirectional } = this.#context
    const { local, remote, purpose, external } = this.#purpose
    return {
      ...{ local, remote, purpose, lang, external },
      negotiationTimeout: limits.negotiationTimeout,
      dialback: true,
      bidirectional: bidirectional && purpose === 'stanzas',
      limits: { maxBytes: limits.limits.maxStanzaBytes },
    }
  }

  #step(input: ServerInitiatorInput): void {
    if (this.#state) this.#run(stepServerInitiator(this.#state, input, this.#context.environment))
  }

  #run({ state, outputs }: ReturnType<typeof stepServerInitiator>): void {
    this.#state = state
    for (const output of outputs) OutgoingStream.#perform[output.type](this, output as never)
  }

  static readonly #perform: {
    readonly [Type in ServerInitiatorOutput['type']]: (self: OutgoingStream, output: Output<Type>) => void
  } = {
    'set-negotiation-timer': (self, { milliseconds }) => self.#setTimer(milliseconds),
    'clear-negotiation-timer': (self) => self.#cancelTimer?.(),
    'send-header': (self, { header }) => self.#io.header(header),
    send: (self, { element }) => self.#io.element(element),
    'start-tls': (self) => self.#startTls(),
    restart: (self) => self.#io.restart(),
    'make-dialback-key': (self, output) => self.#makeKey(output),
    established: (self, output) => self.#establish(output),
    failed: (self, { error, streamError, footer }) => self.#giveUp(self.#reasonOf(error), streamError, footer),
  }

  #setTimer(milliseconds: number): void {
    this.#cancelTimer?.()
    this.#cancelTimer = this.#context.environment.setTimer(milliseconds, () => {
      if (this.#state?.name === 'established') this.#io.destroy(new Error('stream management was not answered'))
      else this.#step({ type: 'negotiation-timeout' })
    })
  }

  #startTls(): void {
    this.#io.restart()
    const handshake = this.#io.connection.startTls({ servername: toAsciiDomain(this.names.remote) })
    const judged = handshake
      .then(() => this.#judge())
      .catch((cause: unknown) => new FederationError('tls', 'the TLS handshake failed', { cause }))
    this.#io.waitReading(judged, (certificate) => {
      if (certificate instanceof FederationError) this.#step({ type: 'tls-failed', cause: certificate })
      else this.#step({ type: 'tls-established', certificate })
    })
  }

  /** The certificate, as far as policy looks at it; a FederationError when policy does not accept it. */
  async #judge(): Promise<PeerCertificate | FederationError> {
    const { security } = this.#io
    const { remote } = this.names
    const level = this.#context.policy.security(remote)
    if (security) this.#purpose.observe?.({ type: 'tls', protocol: security.protocol, cipher: security.cipher })
    if (level === 'dialback') return { verified: false, reason: 'not looked at' }
    const presented = await readCertificate(security, this.#context)
    const certificate = presented.proves(remote)
    this.certificate = certificate
    this.#purpose.observe?.({ type: 'certificate', certificate, chainFault: presented.chainFault })
    if (certificate.verified || level === 'encrypted') return certificate
    return new FederationError('certificate', `the certificate of ${remote} is not accepted: ${certificate.reason}`)
  }

  #makeKey(input: Output<'make-dialback-key'>): void {
    const key = this.#context.kernel.dialbackSecret().then((secret) => dialbackKey(secret, input))
    this.#io.waitReading(key, (made) => this.#step({ type: 'dialback-key', key: made }))
  }

  #establish({ authentication, bidirectional, features, limits }: Output<'established'>): void {
    this.authentication = authentication
    this.bidirectional = bidirectional
    this.#io.authenticated()
    if (this.#purpose.purpose === 'stanzas') {
      const pairs = new DomainPairs()
      if (bidirectional) pairs.add(this.names.remote, this.names.local)
      this.#exchange = new StanzaExchange(this.#io, pairs, this.#context)
      this.#exchange.maxBytes = limits?.maxBytes
      this.#exchange.closeWhenIdle(this.#context.limits.idleTimeout)
      this.#offersManagement = offersStreamManagement(features)
    }
    this.#resolve()
  }

  #reasonOf(error: NegotiationError): FederationError {
    return negotiationFailure(error, this.names.remote)
  }

  #giveUp(error: FederationError, streamError: StreamError | undefined, footer: boolean): void {
    if (footer) this.#io.end(streamError)
    else this.#io.destroy()
    this.#end(error)
  }

  #end(error: FederationError): void {
    this.error ??= error
    this.#cancelTimer?.()
    this.#reject(this.error)
    this.#exchange?.over()
    for (const answer of this.#verifications.clear()) answer(noAnswer(this.error.message))
    const callback = this.#onEnd
    this.#onEnd = undefined
    callback?.()
  }
}

/** No answer of the authoritative server: no fault of the key (XEP-0220 §2.5). */
export function noAnswer(text: string): DialbackOutcome {
  return dialbackError('authoritative-timeout', text)
}
