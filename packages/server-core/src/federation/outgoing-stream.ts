import {
  type DialbackOutcome,
  dialbackError,
  PendingVerifications,
  readDialback,
  verifyRequest,
} from '@parlour/dialback'
import { offersStreamManagement, readStreamManagement } from '@parlour/stream-management'
import type { PeerCertificate, ServerAuthentication } from '@parlour/stream-negotiation'
import type { Connection } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import { STREAM_NAMESPACE, StreamError, type StreamHeader } from '@parlour/xml-stream'
import { DomainPairs } from './domain-pairs.ts'
import type { FederationContext } from './federation-context.ts'
import { FederationError } from './federation-error.ts'
import { isServerStanza } from './inbound-stanzas.ts'
import type { ManagedSession } from './managed-session.ts'
import { streamFailure } from './negotiation-failure.ts'
import { type ManagementResult, OutgoingManagement } from './outgoing-management.ts'
import { type Established, OutgoingNegotiation, type OutgoingPurpose } from './outgoing-negotiation.ts'
import type { ServerNames } from './server-connector.ts'
import { ServerStream, type ServerStreamRole } from './server-stream.ts'
import { StanzaExchange } from './stanza-exchange.ts'

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
  readonly #verifications: PendingVerifications<(outcome: DialbackOutcome | undefined) => void>
  #resolve!: () => void
  #reject!: (error: FederationError) => void
  readonly #negotiation: OutgoingNegotiation
  #isEstablished = false
  #hasDialback = false
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
    this.#negotiation = new OutgoingNegotiation({
      ...{ io: this.#io, purpose, context },
      established: (outcome) => this.#establish(outcome),
      failed: (error, streamError, footer) => this.#giveUp(error, streamError, footer),
    })
    this.#negotiation.start()
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
    const { environment, limits } = this.#context
    this.#cancelTimer = environment.setTimer(limits.negotiationTimeout, () =>
      this.#io.destroy(new Error('stream management was not answered')),
    )
    this.#isManaging = true
    this.#management = new OutgoingManagement(exchange, former, this.#context, (result) => {
      this.#cancelTimer?.()
      this.#isManaging = false
      done(result)
    })
    this.#management.begin()
    return true
  }

  /**
   * Asks the peer, as the authoritative server, about a key (XEP-0220 §2.1.2). Never rejects; `undefined`: the stream
   * ended before there was an answer.
   */
  verify(id: string, key: string): Promise<DialbackOutcome | undefined> {
    const request = { from: this.names.local, to: this.names.remote, id, key }
    return new Promise((resolve) => {
      if (this.isOver) return resolve(undefined)
      if (this.#verifications.add(request, resolve) !== 'added')
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
    this.#negotiation.step({ type: 'abort', cause })
  }

  header(header: StreamHeader): void {
    this.#hasDialback = header.dialback === true
    this.#negotiation.step({ type: 'header', header })
  }

  element(element: Element): void | Promise<void> {
    if (!this.#isEstablished) {
      if (element.is('features', STREAM_NAMESPACE))
        this.#purpose.observe?.({ type: 'features', features: element, dialback: this.#hasDialback })
      this.#negotiation.step({ type: 'element', element })
      return
    }
    if (isServerStanza(element)) return this.#stanza(element)
    const management = readStreamManagement(element)
    if (management) {
      if (!this.#management?.take(management)) this.#exchange?.control(management)
    } else if (element.is('error', STREAM_NAMESPACE)) this.#peerError(StreamError.fromElement(element))
    else this.#dialback(element)
  }

  footer(): void {
    if (!this.#isEstablished) {
      this.#negotiation.step({ type: 'footer' })
      return
    }
    this.#io.end()
    this.#exchange?.over(true)
    this.#end(new FederationError('connection-lost', `${this.names.remote} closed the stream`))
  }

  invalid(error: StreamError): void {
    if (!this.#isEstablished) this.#negotiation.step({ type: 'invalid-input', error })
    else this.#refuse(error)
  }

  closing(): void {
    this.#exchange?.acknowledgeLast()
  }

  settled(): Promise<void> | undefined {
    return this.#exchange?.settled()
  }

  drained(): void {
    this.#exchange?.drained()
  }

  /** Who used it is told why it is lost. */
  overflowed(): void {}

  lost(cause: Error | undefined): void {
    this.#negotiation.step({ type: 'connection-lost', cause })
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
    this.#exchange?.peerError(error)
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

  #establish({ authentication, bidirectional, features, limits, certificate }: Established): void {
    this.#isEstablished = true
    this.authentication = authentication
    this.bidirectional = bidirectional
    this.certificate = certificate
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

  #giveUp(error: FederationError, streamError: StreamError | undefined, footer: boolean): void {
    if (footer) this.#io.end(streamError)
    else this.#io.destroy()
    this.#end(error)
  }

  #end(error: FederationError): void {
    this.error ??= error
    this.#negotiation.end()
    this.#cancelTimer?.()
    this.#reject(this.error)
    this.#exchange?.over()
    for (const answer of this.#verifications.clear()) answer(undefined)
    const callback = this.#onEnd
    this.#onEnd = undefined
    callback?.()
  }
}

/** No answer of the authoritative server: no fault of the key (XEP-0220 §2.5). */
export function noAnswer(text: string): DialbackOutcome {
  return dialbackError('authoritative-timeout', text)
}
