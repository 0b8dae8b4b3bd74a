import type { Jid } from '@parlour/jid'
import type { Connection } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import { StreamError, StreamParser, type StreamParserOptions } from '@parlour/xml-stream'
import type { AcceptedStreamOptions } from './accepted-stream-options.ts'
import { type Arrival, Inbox } from './inbox.ts'
import type { ClientStream, StreamEnd, StreamKernel } from './kernel-port.ts'
import { Outbound } from './outbound.ts'
import { Reading } from './reading.ts'
import { WorkShare } from './work-share.ts'

export type { AcceptedStreamOptions }

/** What runs until a stream is established. */
export interface StreamNegotiation {
  /** The peer's default language, as the header of the current stream names it. */
  readonly lang: string | undefined
  step(input: NegotiationInput): void
  /** The connection is gone; answers that are still to come are of no use. */
  end(): void
}

/** What a negotiation is told of what arrives. */
export type NegotiationInput =
  | Extract<Arrival, { type: 'header' | 'element' | 'footer' }>
  | { readonly type: 'stream-error'; readonly error: StreamError }

/** What an established stream is to the kernel. */
export interface StreamSession {
  /** Of whom it is, for logs. */
  readonly jid: Jid
  ending?(): void | Promise<void>
  probe?(): boolean
  closed(reason: StreamEnd, stream: ClientStream): void
}

/** What a negotiation acts upon. */
export interface AcceptedStreamParts<Session> {
  readonly connection: Connection
  readonly stream: ClientStream
  readonly outbound: Outbound
  readonly inbox: Inbox
  /** A new stream begins: the parser forgets the old one. */
  restart(): void
  established(session: Session, lang: string | undefined): void
  /** The negotiation is over without a session; `footer`: `</stream>` may still be sent. */
  failed(error: StreamError | undefined, footer: boolean): void
}

/** What makes a stream that of a client, or of a component. */
export interface StreamRole<Session extends StreamSession> {
  readonly contentNamespace: string
  /** Which content namespaces a header may declare, and how they are delivered; default: as by `StreamParser`. */
  readonly namespaces?: Pick<StreamParserOptions, 'contentNamespaces' | 'contentNamespace'>
  negotiate(parts: AcceptedStreamParts<Session>): StreamNegotiation
  /** Takes a first-level element of the established stream. A promise means: later ones wait. */
  receive(session: Session, element: Element, stream: ClientStream): void | Promise<void>
}

/** What a stream needs of the kernel. */
export type AcceptedStreamKernel = Pick<
  StreamKernel,
  'environment' | 'reportError' | 'opened' | 'gone' | 'streamFailed'
>

/**
 * A connection that was accepted, from its first byte to its last. Until the stream is established, what arrives goes
 * to the {@link StreamNegotiation}; from then on directly to the kernel's session.
 */
export class AcceptedStream<Session extends StreamSession> implements ClientStream {
  readonly #connection: Connection
  readonly #options: AcceptedStreamOptions
  readonly #kernel: AcceptedStreamKernel
  readonly #role: StreamRole<Session>
  readonly #parser: StreamParser
  readonly #outbound: Outbound
  readonly #reading: Reading
  readonly #inbox: Inbox
  readonly #share: WorkShare
  /** Until a session is there; then it is let go, with all that it remembers. */
  #negotiation: StreamNegotiation | undefined
  #session: Session | undefined
  #lang: string | undefined
  /** This side ended the stream with an error: what the peer still says is of no interest. */
  #isDeaf = false
  #isOver = false
  /** This side said `</stream>` first. */
  #isClosing = false
  #cancelTimer: (() => void) | undefined
  /** The connection is gone, and something of the session is still under way. */
  #cancelFarewell: (() => void) | undefined

  constructor(
    connection: Connection,
    options: AcceptedStreamOptions,
    kernel: AcceptedStreamKernel,
    role: StreamRole<Session>,
  ) {
    this.#connection = connection
    this.#options = options
    this.#kernel = kernel
    this.#role = role
    const { environment } = kernel
    this.#reading = new Reading(connection, environment, options.inboundBytesPerSecond, options.inboundBurstBytes)
    this.#share = new WorkShare(environment)
    this.#inbox = new Inbox(
      this.#reading,
      (arrival) => this.#take(arrival),
      (cause) => this.#fail(cause),
    )
    this.#outbound = new Outbound(connection, options.maxOutboundBytes, role.contentNamespace)
    this.#parser = this.#createParser()
    this.#negotiation = this.#createNegotiation()
    connection.onClose(() => this.#lost())
    connection.onData((chunk) => this.#read(chunk))
    kernel.opened?.(this)
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress
  }

  get secure(): boolean {
    return this.#connection.security !== undefined
  }

  get lang(): string | undefined {
    return this.#negotiation ? this.#negotiation.lang : this.#lang
  }

  get bufferedBytes(): number {
    return this.#connection.bufferedBytes
  }

  send(text: string): void {
    this.#outbound.text(text)
  }

  close(error?: StreamError): void {
    if (this.#outbound.isClosed) return
    this.#isClosing = true
    void this.#session?.ending?.()
    this.#endOutbound(error)
    this.#negotiation?.end()
    if (error) this.#deafen('error')
    this.#cancelTimer = this.#kernel.environment.setTimer(this.#options.closingTimeout, () => this.#connection.end())
  }

  destroy(): void {
    this.#isDeaf = true
    this.#inbox.clear()
    this.#outbound.drop()
  }

  #createParser(): StreamParser {
    const handler = {
      header: (header: Extract<Arrival, { type: 'header' }>['header']) => this.#inbox.push({ type: 'header', header }),
      element: (element: Element) => this.#element(element),
      footer: () => this.#inbox.push({ type: 'footer' }),
      error: (error: StreamError) => this.#inbox.push({ type: 'error', error }),
    }
    return new StreamParser(handler, { limits: this.#options.limitsBeforeAuthentication, ...this.#role.namespaces })
  }

  #createNegotiation(): StreamNegotiation {
    return this.#role.negotiate({
      connection: this.#connection,
      stream: this,
      outbound: this.#outbound,
      inbox: this.#inbox,
      restart: () => this.#parser.reset(),
      established: (session, lang) => this.#establish(session, lang),
      failed: (error, footer) => this.#negotiationFailed(error, footer),
    })
  }

  #read(chunk: Uint8Array | string): void {
    this.#reading.count(chunk.length)
    if (!this.#inbox.busy) this.#share.begin()
    try {
      this.#parser.write(chunk)
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #element(element: Element): void {
    if (this.#session === undefined || this.#inbox.busy) this.#inbox.push({ type: 'element', element })
    else this.#deliver(this.#session, element)
  }

  /** The established path: parser → session, nothing between. */
  #deliver(session: Session, element: Element): void {
    if (this.#isDeaf) return
    const done = this.#role.receive(session, element, this)
    const rest = this.#share.spend()
    if (done === undefined) this.#restFor(rest)
    else this.#inbox.waitFor(done, () => this.#restFor(rest ?? this.#share.waited()))
  }

  /** Others have their turn, when this stream has had its own. */
  #restFor(rest: Promise<void> | undefined): void {
    if (rest !== undefined) this.#inbox.waitFor(rest, () => this.#share.begin())
  }

  #take(arrival: Arrival): void {
    if (arrival.type === 'lost') this.#end(this.#isClosing ? 'closed' : 'lost')
    else if (arrival.type === 'footer') this.#takeFooter()
    else if (arrival.type === 'error') this.#takeError(arrival.error)
    else if (this.#isDeaf) return
    else if (this.#session === undefined) this.#negotiation?.step(arrival)
    else if (arrival.type === 'element') this.#deliver(this.#session, arrival.element)
    else this.close(new StreamError('invalid-xml'))
  }

  /** RFC 6120 §4.4: the peer's `</stream>` is answered with ours, if that has not gone out before; then the connection ends. */
  #takeFooter(): void {
    if (this.#session === undefined && !this.#outbound.isClosed) {
      this.#negotiation?.step({ type: 'footer' })
      return
    }
    const ending = this.#outbound.isClosed ? undefined : this.#session?.ending?.()
    if (ending instanceof Promise) this.#inbox.waitFor(ending, () => this.#endInOrder())
    else this.#endInOrder()
  }

  #endInOrder(): void {
    this.#outbound.end(undefined)
    this.#connection.end()
    this.#end('closed')
  }

  /** The parser reads no further, so there is no footer to wait for. */
  #takeError(error: StreamError): void {
    if (this.#session === undefined && !this.#outbound.isClosed) {
      this.#negotiation?.step({ type: 'stream-error', error })
      return
    }
    this.#endOutbound(error)
    this.#connection.end()
    this.#end('error')
  }

  #establish(session: Session, lang: string | undefined): void {
    this.#session = session
    this.#negotiation = undefined
    this.#lang = lang
    this.#parser.setLimits(this.#options.limits)
    this.#reading.watch(this.#options, session, this)
  }

  #negotiationFailed(error: StreamError | undefined, footer: boolean): void {
    if (footer) {
      this.#endOutbound(error)
      this.#deafen('error')
      this.#connection.end()
    } else this.destroy()
  }

  /** Nothing of what the peer says is looked at any more; the session hears of it when the caller is done. */
  #deafen(reason: StreamEnd): void {
    this.#isDeaf = true
    this.#inbox.clear()
    queueMicrotask(() => this.#end(reason))
  }

  #endOutbound(error: StreamError | undefined): void {
    if (error && !this.#outbound.isClosed) this.#kernel.streamFailed?.(this, error, this.#session?.jid)
    this.#outbound.end(error)
  }

  /** What was read before the loss is still treated first; not for ever, for nobody hears what is sent meanwhile. */
  #lost(): void {
    this.#kernel.gone?.(this)
    this.#reading.end()
    this.#cancelTimer?.()
    this.#negotiation?.end()
    if (!this.#session) return
    this.#inbox.push({ type: 'lost' })
    if (this.#isOver) return
    this.#cancelFarewell = this.#kernel.environment.setTimer(this.#options.closingTimeout, () => {
      this.#inbox.clear()
      this.#end('lost')
    })
  }

  #end(reason: StreamEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelFarewell?.()
    this.#session?.closed(reason, this)
  }

  /** What the kernel threw ends this stream, and reaches no other; a StreamError is what the client did wrong. */
  #fail(cause: unknown): void {
    this.#inbox.clear()
    if (!(cause instanceof StreamError)) this.#kernel.reportError(cause)
    this.close(cause instanceof StreamError ? cause : new StreamError('internal-server-error'))
  }
}
