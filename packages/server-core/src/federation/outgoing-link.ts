import type { StreamError } from '@parlour/xml-stream'
import type { AttemptRank } from './attempt-slots.ts'
import { BackOff } from './back-off.ts'
import type { FederationContext } from './federation-context.ts'
import type { FederationError } from './federation-error.ts'
import { LinkAttempt, type LinkParts } from './link-attempt.ts'
import { type BacklogOwner, LinkBacklog } from './link-backlog.ts'
import { linkErrors } from './link-errors.ts'
import type { ManagedSession } from './managed-session.ts'
import { streamFailure } from './negotiation-failure.ts'
import type { OutgoingStream } from './outgoing-stream.ts'
import type { ServerNames } from './server-connector.ts'
import type { ExchangeUser, StanzaExchange } from './stanza-exchange.ts'

/** Where a link stands. */
export type LinkState = 'idle' | 'waiting' | 'connecting' | 'established' | 'resting' | 'closed'

/** Milliseconds that a stream must have lived for the next one to be opened without a pause: of use, or not yet. */
const STEADY = { proved: 1_000, unproved: 10_000 } as const

/** Milliseconds of rest at least, however often the other server connects. */
const AWAKENING = 1_000

/** All that goes from one of our domains to one other: a queue in order, and the stream that takes from it. */
export class OutgoingLink implements ExchangeUser, BacklogOwner {
  readonly names: ServerNames
  lastError: FederationError | undefined
  state: LinkState = 'idle'
  /** Milliseconds since 1970 of the last change of {@link state}. */
  since: number
  wasReached = false
  readonly #context: FederationContext
  readonly #backlog: LinkBacklog
  readonly #backOff: BackOff
  readonly #attempt: LinkAttempt
  /** Ours; the link may write to another one. */
  #stream: OutgoingStream | undefined
  #exchange: StanzaExchange | undefined
  /** Of a stream that the peer opened. */
  #offered: StanzaExchange | undefined
  #establishedAt = 0

  constructor(names: ServerNames, parts: LinkParts) {
    this.names = names
    this.#context = parts.context
    const { environment, limits } = parts.context
    this.#backlog = new LinkBacklog(parts, this)
    this.#backOff = new BackOff(limits, environment)
    this.#attempt = new LinkAttempt(parts, {
      names,
      connecting: () => this.#changed('connecting'),
      opened: (stream) => this.#opened(stream),
      failed: (error) => this.#failed(error),
    })
    this.since = environment.now()
  }

  /** Ours. */
  get stream(): OutgoingStream | undefined {
    return this.#stream
  }

  get exchange(): StanzaExchange | undefined {
    return this.#exchange
  }

  get isStanding(): boolean {
    return this.#exchange !== undefined
  }

  /** What waits, here or in a session that waits for its stream. */
  get queue(): LinkBacklog['size'] {
    return this.#backlog.size
  }

  /** Nothing would be forgotten with it. */
  get isIdle(): boolean {
    return this.state === 'idle' && this.#backlog.isEmpty && !this.#stream
  }

  /** The same, nor its failures. */
  get isForgettable(): boolean {
    const { failures, bound } = this.#backOff
    return this.isIdle && (failures === 0 || this.#context.environment.now() - this.since >= bound)
  }

  /** Why a stanza would not be sent now; `undefined`: it would, or it would wait. */
  get refusal(): FederationError | undefined {
    if (this.state !== 'resting' || !this.lastError) return undefined
    const isInTime = this.#backOff.until - this.#context.environment.now() < this.#context.limits.maxQueuedTime
    return isInTime && this.#holds(this.lastError) ? undefined : this.lastError
  }

  /**
   * Sends a stanza, now or as soon as can be. @param again it was accepted before: however much waits here, it waits too
   * @returns why it will not be sent
   */
  send(text: string, again = false): FederationError | undefined {
    if (this.state === 'closed') return linkErrors.closed()
    const isFree = this.#backlog.waiting.length === 0 && this.#exchange
    return isFree ? this.#write(text, again) : this.#enqueue(text, again)
  }

  /** Asks for the confirmation of what was written. @returns what that is */
  ask(): readonly string[] {
    this.#exchange?.ask()
    return this.#exchange?.session?.sender.unacknowledged() ?? this.#exchange?.unconfirmed ?? []
  }

  /** Resolves when the queue is short again, the link is down, or a moment has passed: for senders who can wait. `undefined`: it is. */
  room(): Promise<void> | undefined {
    return this.#exchange && this.#backlog.waiting.room()
  }

  /**
   * A stream that the peer opened takes our stanzas too (XEP-0288). It is used where there is none of ours, nor will be
   * soon: so each side resumes what it opened itself.
   */
  offer(exchange: StanzaExchange): void {
    this.#offered = exchange
    this.awaken()
    if (this.#stream || this.state === 'connecting' || this.#backlog.suspended.isOurs) return
    // The peer has not said yet whether it resumes.
    if (this.#backlog.suspended.isOfPeer && !exchange.session) return
    this.#attach(exchange)
  }

  /** The other server is there, since it has connected to us: no failure that may pass is rested after. */
  awaken(): void {
    const restedFor = this.#context.environment.now() - this.since
    if (this.state !== 'resting' || restedFor < AWAKENING) return
    if (this.lastError && !this.lastError.mayPass(true)) return
    this.#backOff.stop()
    this.#changed('idle')
    this.#continue()
  }

  /** What waits goes out in order, as far as there is room. */
  writable(): void {
    if (this.#exchange) this.#backlog.waiting.writeTo(this.#exchange, this.names.remote)
  }

  detached(session: ManagedSession | undefined, inOrder: boolean): void {
    const byPeer = this.#stream?.exchange !== this.#exchange
    const lived = this.#context.environment.now() - this.#establishedAt
    const { rejection, isProved = false, unconfirmed = [] } = this.#exchange ?? {}
    const isSteady = lived >= (isProved ? STEADY.proved : STEADY.unproved)
    if (isProved || isSteady) this.#backOff.succeeded()
    this.#exchange = undefined
    if (this.#stream?.isOver) this.lastError = this.#stream.error ?? this.lastError
    if (inOrder) this.#context.kernel.outbox.over(unconfirmed)
    else this.#unconfirmed(unconfirmed, rejection, byPeer)
    if (!byPeer) this.#stream = undefined
    this.#backlog.suspended.ended(session)
    if (session && rejection) this.#backlog.reject(session, rejection)
    if (session && !(inOrder && session.sender.unacknowledgedStanzas === 0))
      this.#backlog.suspend(session, byPeer, () => this.#continue())
    this.#changed('idle')
    this.#backlog.waiting.letGo()
    if (!isSteady && this.#backlog.isWanted) this.#rest()
    else this.#continue()
  }

  /** Ends the link: what waits is answered. */
  close(): void {
    this.#changed('closed')
    this.#attempt.close()
    this.#backOff.stop()
    this.#exchange?.use(undefined)
    this.#backlog.close(linkErrors.closed())
  }

  /** What was written to a peer without stream management is not sent again: it may have arrived. */
  #unconfirmed(texts: readonly string[], rejection: StreamError | undefined, byPeer: boolean): void {
    const { remote } = this.names
    const reason = rejection ? streamFailure(rejection, remote) : byPeer ? undefined : this.#stream?.error
    this.#backlog.answer(texts, linkErrors.unconfirmed(remote, reason?.message))
  }

  #enqueue(text: string, again: boolean): FederationError | undefined {
    const refusal = this.refusal
    if (refusal) return refusal
    if (!this.#backlog.waiting.add(text, again)) return linkErrors.full(this.names.remote)
    if (this.state === 'idle') this.#continue()
    this.#backlog.watchAge()
  }

  #write(text: string, again: boolean): FederationError | undefined {
    const verdict = (this.#exchange as StanzaExchange).write(text)
    if (verdict === 'sent') return undefined
    return verdict === 'full'
      ? this.#enqueue(text, again)
      : linkErrors.tooLarge(this.names.remote, this.#exchange?.maxBytes)
  }

  #continue(): void {
    if (this.state !== 'idle' || !this.#backlog.isWanted || this.#backlog.suspended.isOfPeer) return
    if (this.#useOffered()) return
    this.#changed('waiting')
    this.#attempt.begin(this.#rank())
  }

  #useOffered(): boolean {
    if (!this.#offered || this.#offered.isOver || this.#backlog.suspended.session) return false
    this.#attach(this.#offered)
    return true
  }

  #rank(): AttemptRank {
    if (this.wasReached && this.#backOff.failures < 3) return 'known'
    return this.#backOff.failures > 0 ? 'failed' : 'new'
  }

  #opened(stream: OutgoingStream): void {
    this.#stream = stream
    this.wasReached = true
    const { exchange } = stream
    stream.onEnd(() => this.#streamEnded(stream))
    if (stream.isOver) this.#streamEnded(stream)
    if (stream.isOver || !exchange) return
    const { suspended, waiting } = this.#backlog
    const former = suspended.isOurs ? suspended.session : undefined
    const begun = stream.manage(former, ({ leftover }) => {
      if (former) suspended.settle(former)
      waiting.putBack({ texts: leftover, since: undefined })
      this.#attach(exchange)
    })
    if (!begun) this.#attach(exchange)
  }

  #attach(exchange: StanzaExchange): void {
    if (this.#exchange || exchange.isOver || this.state === 'closed') return
    this.#backlog.began(exchange.session)
    this.#exchange = exchange
    exchange.use(this)
    this.#establishedAt = this.#context.environment.now()
    this.#backOff.stop()
    this.#attempt.withdraw()
    this.#changed('established')
    this.writable()
  }

  /** Our stream is over; if stanzas went another way, or none did yet, nobody else says so. */
  #streamEnded(stream: OutgoingStream): void {
    if (this.#stream !== stream) return
    this.#stream = undefined
    this.lastError = stream.error ?? this.lastError
    if (this.#exchange || this.state === 'closed') return
    this.#failed(stream.error ?? linkErrors.ended(this.names.remote))
  }

  #failed(error: FederationError): void {
    this.lastError = error
    this.#context.counters.failures++
    this.#context.log.warn({ ...this.names, code: error.code, reason: error.message }, 'another server is not reached')
    if (this.#useOffered()) return
    // While stanzas wait, it is tried several times before they are too old.
    this.#rest(
      this.#holds(error) && this.#backlog.waiting.length > 0 ? this.#context.limits.maxQueuedTime / 8 : undefined,
    )
    if (!this.#holds(error)) this.#backlog.giveUp(error)
  }

  /** Whether stanzas wait in spite of a failure: it may pass, and somebody was there. */
  #holds(error: FederationError): boolean {
    return error.mayPass(this.wasReached)
  }

  #rest(most?: number): void {
    this.#changed('resting')
    const over = () => {
      this.#changed('idle')
      this.#continue()
    }
    this.#backOff.pause(over, most)
    this.#backlog.watchAge()
  }

  #changed(state: LinkState): void {
    this.state = state
    this.since = this.#context.environment.now()
  }
}
