import type { StreamError } from '@parlour/xml-stream'
import type { AttemptRank, AttemptSlots } from './attempt-slots.ts'
import { BackOff } from './back-off.ts'
import type { FederationContext } from './federation-context.ts'
import { FederationError } from './federation-error.ts'
import type { ManagedSession } from './managed-session.ts'
import { streamFailure } from './negotiation-failure.ts'
import { asFederationError } from './opening.ts'
import type { OutgoingStream } from './outgoing-stream.ts'
import type { ServerNames } from './server-connector.ts'
import type { ExchangeUser, StanzaExchange } from './stanza-exchange.ts'
import { type QueuedStanza, StanzaQueue } from './stanza-queue.ts'

/** What a link needs of federation. */
export interface LinkParts {
  readonly context: FederationContext
  readonly slots: AttemptSlots
  open(names: ServerNames): Promise<OutgoingStream>
  /** Bytes that wait for all links together. */
  readonly queued: { bytes: number }
  /** Answers a stanza that waited in vain. */
  undeliverable(text: string, error: FederationError): void
}

/** Where a link stands. */
export type LinkState = 'idle' | 'waiting' | 'connecting' | 'established' | 'resting' | 'closed'

/** Milliseconds that a stream must have lived for the next one to be opened without a pause. */
const STEADY = 1_000
/** Milliseconds that who sends too much is kept waiting for each stanza: others whom they write to are not made to wait longer. */
const MAX_WAIT_FOR_ROOM = 1_000
/** Milliseconds that the peer has to resume a stream it had opened, before a new one is opened from here. */
const TAKE_OVER = 10_000

/** A session without a connection, and what it holds. */
interface Suspended {
  readonly session: ManagedSession
  readonly since: number
  /** The peer opened its stream, so the peer resumes it. */
  readonly byPeer: boolean
}

/** All that goes from one of our domains to one other: a queue in order, and the stream that takes from it. */
export class OutgoingLink implements ExchangeUser {
  readonly names: ServerNames
  lastError: FederationError | undefined
  /** Milliseconds since 1970 of the last change of {@link state}. */
  since: number
  readonly #parts: LinkParts
  readonly #context: FederationContext
  readonly #queue: StanzaQueue
  readonly #backOff: BackOff
  #state: LinkState = 'idle'
  /** Ours; the link may write to another one. */
  #stream: OutgoingStream | undefined
  #exchange: StanzaExchange | undefined
  /** Of a stream that the peer opened. */
  #offered: StanzaExchange | undefined
  #suspended: Suspended | undefined
  #wasReached = false
  #establishedAt = 0
  /** What the peer had acknowledged when the exchange began. */
  #acknowledgedBefore = 0
  /** Since when streams end without having got any stanza across that waited for acknowledgement. */
  #troubledSince: number | undefined
  #restsUntil = 0
  #withdraw: (() => void) | undefined
  #cancelRest: (() => void) | undefined
  #cancelExpiry: (() => void) | undefined
  #cancelTakeOver: (() => void) | undefined
  readonly #onRoom = new Set<() => void>()

  constructor(names: ServerNames, parts: LinkParts) {
    this.names = names
    this.#parts = parts
    this.#context = parts.context
    const { environment, limits } = parts.context
    this.#queue = new StanzaQueue(limits.maxQueuedBytes)
    this.#backOff = new BackOff(limits, environment)
    this.since = environment.now()
  }

  get state(): LinkState {
    return this.#state
  }

  get stream(): OutgoingStream | undefined {
    return this.#stream
  }

  get exchange(): StanzaExchange | undefined {
    return this.#exchange
  }

  get queueLength(): number {
    return this.#queue.length + (this.#suspended?.session.sender.unacknowledgedStanzas ?? 0)
  }

  get queueBytes(): number {
    return this.#queue.bytes + (this.#suspended?.session.sender.unacknowledgedBytes ?? 0)
  }

  /** Nothing would be forgotten with it. */
  get isIdle(): boolean {
    return this.#state === 'idle' && this.#queue.length === 0 && !this.#suspended && !this.#stream
  }

  /** Why a stanza would not be sent now; `undefined`: it would, or it would wait. */
  get refusal(): FederationError | undefined {
    if (this.#state !== 'resting' || !this.lastError) return undefined
    const isInTime = this.#restsUntil - this.#context.environment.now() < this.#context.limits.maxQueuedTime
    return isInTime && this.#holds(this.lastError) ? undefined : this.lastError
  }

  /** Sends a stanza, now or as soon as can be. @returns why it will not be sent */
  send(text: string): FederationError | undefined {
    if (this.#state === 'closed') return new FederationError('closed', 'this server stops')
    return this.#queue.length === 0 && this.#exchange ? this.#write(text) : this.#enqueue(text)
  }

  /** Resolves when the queue is short again, the link is down, or a moment has passed: for senders who can wait. `undefined`: it is. */
  room(): Promise<void> | undefined {
    const { environment, limits } = this.#context
    if (!this.#exchange || this.#queue.bytes < limits.maxQueuedBytes / 4) return undefined
    return new Promise((resolve) => {
      const done = () => {
        cancel()
        this.#onRoom.delete(done)
        resolve()
      }
      const cancel = environment.setTimer(MAX_WAIT_FOR_ROOM, done)
      this.#onRoom.add(done)
    })
  }

  /**
   * A stream that the peer opened takes our stanzas too (XEP-0288). It is used where there is none of ours, nor will be
   * soon: so each side resumes what it opened itself.
   */
  offer(exchange: StanzaExchange): void {
    this.#offered = exchange
    if (this.#stream || this.#state === 'connecting' || (this.#suspended && !this.#suspended.byPeer)) return
    // The peer has not said yet whether it resumes.
    if (this.#suspended && !exchange.session) return
    this.#attach(exchange)
  }

  writable(): void {
    this.#flush()
  }

  detached(session: ManagedSession | undefined, inOrder: boolean): void {
    const { environment } = this.#context
    const byPeer = this.#stream?.exchange !== this.#exchange
    const lived = environment.now() - this.#establishedAt
    const rejection = this.#exchange?.rejection
    this.#exchange = undefined
    if (this.#stream?.isOver) this.lastError = this.#stream.error ?? this.lastError
    if (!byPeer) this.#stream = undefined
    this.#noteTrouble(session)
    if (session && rejection) this.#reject(session, byPeer, rejection)
    else if (session && !(inOrder && session.sender.unacknowledgedStanzas === 0)) this.#suspend(session, byPeer)
    this.#changed('idle')
    this.#makeRoom()
    if (lived < STEADY && this.#isWanted()) this.#rest()
    else this.#continue()
  }

  /** Ends the link: what waits is answered. */
  close(): void {
    this.#changed('closed')
    for (const cancel of [this.#withdraw, this.#cancelRest, this.#cancelExpiry, this.#cancelTakeOver]) cancel?.()
    this.#exchange?.use(undefined)
    this.#bounceAll(new FederationError('closed', 'this server stops'))
    this.#makeRoom()
  }

  #enqueue(text: string): FederationError | undefined {
    const { limits, environment } = this.#context
    const refusal = this.refusal
    if (refusal) return refusal
    const { queued } = this.#parts
    const hasRoom = queued.bytes + text.length <= limits.maxTotalQueuedBytes
    if (!hasRoom || !this.#queue.push({ text, since: environment.now() }))
      return new FederationError('queue-full', `too much waits for ${this.names.remote}`)
    queued.bytes += text.length
    if (this.#state === 'idle') this.#continue()
    this.#watchAge()
  }

  #write(text: string): FederationError | undefined {
    const verdict = (this.#exchange as StanzaExchange).write(text)
    if (verdict === 'sent') return undefined
    return verdict === 'full' ? this.#enqueue(text) : this.#tooLarge()
  }

  #tooLarge(): FederationError {
    const bytes = this.#exchange?.maxBytes
    return new FederationError('stanza-too-large', `${this.names.remote} takes stanzas of at most ${bytes} bytes`)
  }

  /** What is in the queue goes out in order, as far as there is room. */
  #flush(): void {
    for (let item = this.#queue.peek(); item && this.#exchange; item = this.#queue.peek()) {
      const verdict = this.#exchange.write(item.text)
      if (verdict === 'full') break
      this.#take()
      if (verdict === 'too-large') this.#parts.undeliverable(item.text, this.#tooLarge())
    }
    if (this.#queue.bytes < this.#context.limits.maxQueuedBytes / 8) this.#makeRoom()
  }

  #take(): void {
    const item = this.#queue.shift()
    if (item) this.#parts.queued.bytes -= item.text.length
  }

  /** Whether anything would have to be sent. */
  #isWanted(): boolean {
    return this.#queue.length > 0 || (this.#suspended !== undefined && !this.#suspended.byPeer)
  }

  #continue(): void {
    if (this.#state !== 'idle' || !this.#isWanted() || this.#suspended?.byPeer) return
    if (this.#useOffered()) return
    this.#changed('waiting')
    this.#withdraw = this.#parts.slots.acquire(this.#rank(), (release) => void this.#connect(release))
  }

  #useOffered(): boolean {
    if (!this.#offered || this.#offered.isOver || this.#suspended) return false
    this.#attach(this.#offered)
    return true
  }

  #rank(): AttemptRank {
    if (this.#wasReached && this.#backOff.failures < 3) return 'known'
    return this.#backOff.failures > 0 ? 'failed' : 'new'
  }

  async #connect(release: () => void): Promise<void> {
    this.#withdraw = undefined
    this.#changed('connecting')
    try {
      const stream = await this.#parts.open(this.names).finally(release)
      if (this.state === 'closed') stream.close()
      else this.#opened(stream)
    } catch (cause) {
      if (this.state !== 'closed') this.#failed(asFederationError(cause, `${this.names.remote} could not be reached`))
    }
  }

  #opened(stream: OutgoingStream): void {
    this.#stream = stream
    this.#wasReached = true
    const { exchange } = stream
    stream.onEnd(() => this.#streamEnded(stream))
    if (stream.isOver || !exchange) {
      this.#streamEnded(stream)
      return
    }
    const former = this.#suspended?.byPeer ? undefined : this.#suspended?.session
    const begun = stream.manage(former, ({ leftover }) => {
      if (this.#suspended?.session === former) this.#suspended = undefined
      this.#requeue(leftover)
      this.#attach(exchange)
    })
    if (begun) return
    this.#dropSuspended()
    this.#attach(exchange)
  }

  #attach(exchange: StanzaExchange): void {
    if (this.#exchange || exchange.isOver || this.#state === 'closed') return
    if (this.#suspended && this.#suspended.session === exchange.session) this.#suspended = undefined
    this.#dropSuspended()
    this.#cancelTakeOver?.()
    this.#exchange = exchange
    exchange.use(this)
    this.#acknowledgedBefore = exchange.session?.sender.acknowledged ?? 0
    this.#establishedAt = this.#context.environment.now()
    this.#backOff.succeeded()
    this.#cancelExpiry?.()
    this.#cancelExpiry = undefined
    this.#cancelRest?.()
    this.#withdraw?.()
    this.#changed('established')
    this.#flush()
  }

  /** Our stream is over; if stanzas went another way, or none did yet, nobody else says so. */
  #streamEnded(stream: OutgoingStream): void {
    if (this.#stream !== stream) return
    this.#stream = undefined
    this.lastError = stream.error ?? this.lastError
    if (this.#exchange || this.#state === 'closed') return
    this.#failed(stream.error ?? new FederationError('connection-lost', `the stream to ${this.names.remote} ended`))
  }

  #failed(error: FederationError): void {
    this.lastError = error
    this.#context.counters.failures++
    const { names } = this
    this.#context.log.warn({ ...names, code: error.code, reason: error.message }, 'another server is not reached')
    if (this.#useOffered()) return
    this.#rest()
    if (!this.#holds(error)) this.#bounceAll(error)
  }

  /** Whether stanzas wait in spite of a failure: it may pass, and somebody was there. */
  #holds(error: FederationError): boolean {
    return !error.isLasting && (this.#wasReached || error.code === 'connection-lost')
  }

  #rest(): void {
    this.#changed('resting')
    const { environment } = this.#context
    const delay = this.#backOff.failed()
    this.#restsUntil = environment.now() + delay
    this.#cancelRest = environment.setTimer(delay, () => {
      this.#changed('idle')
      this.#continue()
    })
    this.#watchAge()
  }

  /** Time in which nothing gets across counts as waiting, though there was a stream: what ends each stream must not be sent for ever. */
  #noteTrouble(session: ManagedSession | undefined): void {
    const isStuck = session && session.sender.unacknowledgedStanzas > 0
    if (!isStuck || session.sender.acknowledged !== this.#acknowledgedBefore) this.#troubledSince = undefined
    if (isStuck) this.#troubledSince ??= this.#context.environment.now()
  }

  /** The peer ended the stream because of something that was said: to say it again would end the next one too. */
  #reject(session: ManagedSession, byPeer: boolean, rejection: StreamError): void {
    const error = streamFailure(rejection, this.names.remote)
    const texts = session.sender.unacknowledged()
    if (byPeer) session.forfeit()
    for (const text of texts) this.#parts.undeliverable(text, error)
  }

  #suspend(session: ManagedSession, byPeer: boolean): void {
    const { sender, id } = session
    if (id === undefined) {
      this.#requeue(sender.unacknowledged(), this.#troubledSince)
      return
    }
    if (sender.unacknowledgedStanzas === 0 && (byPeer || !this.#context.bidirectional)) return
    const { environment } = this.#context
    this.#suspended = { session, since: this.#troubledSince ?? environment.now(), byPeer }
    this.#watchAge()
    if (byPeer) this.#cancelTakeOver = environment.setTimer(TAKE_OVER, () => this.#takeOver(session))
  }

  #takeOver(session: ManagedSession): void {
    if (this.#suspended?.session !== session) return
    this.#dropSuspended()
    this.#continue()
  }

  /** What a session held goes to the front of the queue: the session will not be resumed. */
  #dropSuspended(): void {
    const suspended = this.#suspended
    this.#suspended = undefined
    this.#cancelTakeOver?.()
    if (!suspended) return
    const texts = suspended.session.sender.unacknowledged()
    if (suspended.byPeer) suspended.session.forfeit()
    this.#requeue(texts, suspended.since)
  }

  #requeue(texts: readonly string[], since = this.#context.environment.now()): void {
    if (texts.length === 0) return
    this.#queue.unshift(texts.map((text): QueuedStanza => ({ text, since })))
    for (const text of texts) this.#parts.queued.bytes += text.length
  }

  /** While no link stands, nothing waits longer than it may. */
  #watchAge(): void {
    if (this.#exchange || this.#cancelExpiry) return
    const since = Math.min(
      this.#suspended?.since ?? Number.POSITIVE_INFINITY,
      this.#queue.oldest ?? Number.POSITIVE_INFINITY,
    )
    if (since === Number.POSITIVE_INFINITY) return
    const { environment, limits } = this.#context
    const left = Math.max(0, since + limits.maxQueuedTime - environment.now())
    this.#cancelExpiry = environment.setTimer(left, () => {
      this.#cancelExpiry = undefined
      this.#expire()
    })
  }

  #expire(): void {
    const { environment, limits } = this.#context
    const before = environment.now() - limits.maxQueuedTime
    if (this.#suspended && this.#suspended.since <= before) this.#dropSuspended()
    const seconds = limits.maxQueuedTime / 1000
    const reason = this.lastError ? `: ${this.lastError.message}` : ''
    const error = new FederationError('timeout', `${this.names.remote} was not reached within ${seconds} s${reason}`)
    this.#bounce(this.#queue.takeOlder(before), error)
    this.#watchAge()
  }

  #bounceAll(error: FederationError): void {
    this.#dropSuspended()
    this.#bounce(this.#queue.takeAll(), error)
  }

  #bounce(items: readonly QueuedStanza[], error: FederationError): void {
    for (const { text } of items) this.#parts.queued.bytes -= text.length
    for (const { text } of items) this.#parts.undeliverable(text, error)
  }

  #makeRoom(): void {
    for (const resolve of this.#onRoom) resolve()
  }

  #changed(state: LinkState): void {
    this.#state = state
    this.since = this.#context.environment.now()
  }
}
