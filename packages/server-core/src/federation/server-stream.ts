import { CLIENT_NAMESPACE, SERVER_NAMESPACE } from '@parlour/stanza'
import type { Connection, TlsSecurity } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import { StreamError, type StreamHeader, StreamParser } from '@parlour/xml-stream'
import { type Arrival, Inbox } from '../stream/inbox.ts'
import { Outbound } from '../stream/outbound.ts'
import { Reading } from '../stream/reading.ts'
import { WorkShare } from '../stream/work-share.ts'
import type { FederationContext } from './federation-context.ts'

/** Who is told of what arrives on a {@link ServerStream}. */
export interface ServerStreamRole {
  header(header: StreamHeader): void
  /** A promise means: what comes later waits. */
  element(element: Element): void | Promise<void>
  /** The peer's `</stream>`. */
  footer(): void
  /** What the parser refused. */
  invalid(error: StreamError): void
  /** `</stream>` is about to be sent. */
  closing(): void
  /** Resolves when all that has arrived is handled; `undefined` if it is. */
  settled(): Promise<void> | undefined
  /** There is room again for what waits to be written. */
  drained(): void
  /** Far too much waits to be written: the connection is dropped. */
  overflowed(): void
  /** The connection is gone, and what was read of it is treated. Once. */
  lost(error: Error | undefined): void
}

/** Above what flow control leaves in the connection's buffer: who lets this much wait does not read at all. */
const OUTBOUND_MARGIN = 8

/** Milliseconds of work a second that a server may cause once it has proved its domain: it speaks for many users. */
const WORK_PER_SECOND = 850

/** A connection between servers, whoever made it, from its first byte to its last. */
export class ServerStream {
  readonly endsLast = true
  readonly connection: Connection
  readonly #context: FederationContext
  readonly #role: ServerStreamRole
  readonly #parser: StreamParser
  readonly #outbound: Outbound
  readonly #reading: Reading
  readonly #inbox: Inbox
  #share: WorkShare
  #error: Error | undefined
  /** What the peer still says is of no interest. */
  #isDeaf = false
  #isLost = false
  #cancelTimer: (() => void) | undefined

  constructor(connection: Connection, context: FederationContext, role: ServerStreamRole) {
    this.connection = connection
    this.#context = context
    this.#role = role
    const { environment, limits } = context
    const rate = limits.inboundBytesPerSecondBeforeAuthentication
    this.#reading = new Reading(connection, environment, rate, rate)
    this.#share = new WorkShare(environment)
    this.#inbox = new Inbox(
      this.#reading,
      (arrival) => this.#take(arrival),
      (cause) => this.fail(cause),
    )
    this.#outbound = new Outbound(connection, limits.maxOutboundBytes * OUTBOUND_MARGIN, SERVER_NAMESPACE)
    this.#parser = this.#createParser()
    connection.onClose((error) => this.#lost(error))
    connection.onDrain(() => role.drained())
    context.kernel.opened(this)
  }

  /** Begins to read; not before the role is ready for it. */
  open(): void {
    this.connection.onData((chunk) => this.#read(chunk))
  }

  get security(): TlsSecurity | undefined {
    return this.connection.security
  }

  get remoteAddress(): string {
    return this.connection.remoteAddress
  }

  /** Nothing more can be written. */
  get isClosed(): boolean {
    return this.#outbound.isClosed
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** Whether something that arrived is still being treated. */
  get isBusy(): boolean {
    return this.#inbox.busy
  }

  send(text: string): void {
    if (this.#outbound.isClosed) return
    this.#outbound.text(text)
    if (this.#outbound.isClosed) this.#overflowed()
  }

  element(element: Element): void {
    if (this.#outbound.isClosed) return
    this.#outbound.element(element)
    if (this.#outbound.isClosed) this.#overflowed()
  }

  header(header: StreamHeader): void {
    this.#outbound.header(header)
  }

  /** A new stream begins on the connection: the parser forgets the old one. */
  restart(): void {
    this.#parser.reset()
  }

  /** A pair of domains is authenticated: from now on the larger limits hold. */
  authenticated(): void {
    const { environment, limits } = this.#context
    this.#parser.setLimits(limits.limits)
    this.#share = new WorkShare(environment, WORK_PER_SECOND)
    this.#share.begin()
    this.#reading.setRate(limits.inboundBytesPerSecond, limits.inboundBurstBytes)
  }

  /** What arrives waits until the promise is settled; a handshake needs the connection read meanwhile. */
  waitReading<Value>(promise: Promise<Value>, next: (value: Value) => void): void {
    this.#inbox.waitReading(promise, next)
  }

  waitFor<Value>(promise: Promise<Value>, next: (value: Value) => void): void {
    this.#inbox.waitFor(promise, next)
  }

  /** Sends `</stream>`, and waits a bounded time for the peer's before the connection ends; not after an error. Idempotent. */
  close(error?: StreamError): void {
    if (this.#outbound.isClosed) return
    if (error) {
      this.end(error) // nothing that the peer may still say is of interest
      return
    }
    this.#endOutbound(undefined)
    const { environment, limits } = this.#context
    this.#cancelTimer = environment.setTimer(limits.closingTimeout, () => this.connection.end())
  }

  /** The same without waiting: the peer has said all, or there is no sense in hearing it. */
  end(error?: StreamError): void {
    this.#endOutbound(error)
    this.deafen()
    this.connection.end()
  }

  destroy(error?: Error): void {
    this.#error ??= error
    this.deafen()
    this.#outbound.drop()
  }

  /** Looks at nothing any more that the peer says, nor at what waits. */
  deafen(): void {
    this.#isDeaf = true
    this.#inbox.clear()
  }

  /** Something threw: it ends this stream, and reaches no other. */
  fail(cause: unknown): void {
    this.#context.kernel.reportError(cause)
    this.close(new StreamError('internal-server-error'))
  }

  #overflowed(): void {
    this.#error ??= new Error('it does not read what is sent to it')
    this.#role.overflowed()
  }

  #endOutbound(error: StreamError | undefined): void {
    if (!this.#outbound.isClosed) this.#role.closing()
    this.#outbound.end(error)
  }

  #createParser(): StreamParser {
    const handler = {
      header: (header: StreamHeader) => this.#inbox.push({ type: 'header', header }),
      element: (element: Element) => this.#element(element),
      footer: () => this.#inbox.push({ type: 'footer' }),
      error: (error: StreamError) => this.#inbox.push({ type: 'error', error }),
    }
    return new StreamParser(handler, {
      limits: this.#context.limits.limitsBeforeAuthentication,
      contentNamespace: { from: SERVER_NAMESPACE, to: CLIENT_NAMESPACE },
    })
  }

  #read(chunk: Uint8Array | string): void {
    if (this.#isDeaf) return
    this.#reading.count(chunk.length)
    if (!this.#inbox.busy) this.#share.begin()
    try {
      this.#parser.write(chunk)
    } catch (cause) {
      this.fail(cause)
    }
  }

  #element(element: Element): void {
    if (this.#inbox.busy) this.#inbox.push({ type: 'element', element })
    else this.#deliver(element)
  }

  #deliver(element: Element): void {
    if (this.#isDeaf) return
    const done = this.#role.element(element)
    const rest = this.#share.spend()
    if (done !== undefined) this.#inbox.waitFor(done, () => this.#restFor(rest ?? this.#share.waited()))
    else if (rest !== undefined && !this.#inbox.busy) this.#restFor(rest)
  }

  /** Others have their turn, when this stream has had its own. */
  #restFor(rest: Promise<void> | undefined): void {
    if (rest !== undefined) this.#inbox.waitFor(rest, () => this.#share.begin())
  }

  #take(arrival: Arrival): void {
    if (arrival.type === 'lost') this.#announceLoss()
    else if (this.#isDeaf) return
    else if (arrival.type === 'element') this.#deliver(arrival.element)
    else if (arrival.type === 'header') this.#role.header(arrival.header)
    else if (arrival.type === 'footer') this.#takeFooter()
    else this.#role.invalid(arrival.error)
  }

  /** What the peer has said before is handled first, so that it can be told. */
  #takeFooter(): void {
    const settled = this.#outbound.isClosed ? undefined : this.#role.settled()
    if (settled) this.#inbox.waitFor(settled, () => this.#role.footer())
    else this.#role.footer()
  }

  /** What was read before the loss is still treated first; not for ever. */
  #lost(error: Error | undefined): void {
    this.#error ??= error
    this.#reading.end()
    this.#cancelTimer?.()
    this.#outbound.drop()
    const { environment, limits } = this.#context
    this.#cancelTimer = environment.setTimer(limits.closingTimeout, () => this.#announceLoss())
    this.#inbox.push({ type: 'lost' })
  }

  #announceLoss(): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#cancelTimer?.()
    this.deafen()
    this.#context.kernel.gone(this)
    this.#role.lost(this.#error)
  }
}
