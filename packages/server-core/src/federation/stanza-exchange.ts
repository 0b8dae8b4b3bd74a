import { acknowledgementText, REQUEST_TEXT, type StreamManagementElement } from '@parlour/stream-management'
import type { Element } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import type { DomainPairs } from './domain-pairs.ts'
import type { FederationContext } from './federation-context.ts'
import { Handling } from './handling.ts'
import type { ManagedSession, SessionHolder } from './managed-session.ts'
import { isPassing } from './negotiation-failure.ts'
import { PingConfirmation } from './ping-confirmation.ts'
import { ProgressWatch } from './progress-watch.ts'
import type { ServerNames } from './server-connector.ts'
import type { ServerStream } from './server-stream.ts'

/** What became of a stanza that was to be written. */
export type WriteVerdict =
  | 'sent'
  /** Not now: {@link ExchangeUser.writable} will tell when. */
  | 'full'
  /** The peer does not take one so large (XEP-0478). */
  | 'too-large'

/** Who writes stanzas to an exchange. */
export interface ExchangeUser {
  readonly names: ServerNames
  /** There is room again. */
  writable(): void
  /** Nothing can be written any more; a session holds what was not acknowledged. @param inOrder closed without an error */
  detached(session: ManagedSession | undefined, inOrder: boolean): void
}

/** What is logged of a stream that is dropped because its peer is gone without a word. */
const SILENT = 'a server has fallen silent'

/** Milliseconds after a stanza until its acknowledgement is asked for. */
const REQUEST_DELAY = 500

/** The established part of a stream between servers: stanzas in both directions, and their acknowledgement. */
export class StanzaExchange implements SessionHolder {
  readonly stream: ServerStream
  readonly pairs: DomainPairs
  /** Octets of the largest stanza that the peer takes (XEP-0478). */
  maxBytes: number | undefined
  /** With what the peer ended the stream, if that tells of something which was said to it. */
  rejection: StreamError | undefined
  /** The peer took a stanza or gave one: it is of use. */
  isProved = false
  readonly #context: FederationContext
  readonly #progress: ProgressWatch
  #session: ManagedSession | undefined
  /** Where there is no session. */
  #confirmation: PingConfirmation | undefined
  #user: ExchangeUser | undefined
  readonly #handling: Handling
  #isOver = false
  #lastActivity: number
  #cancelRequest: (() => void) | undefined
  #cancelIdle: (() => void) | undefined
  #wasFull = false

  constructor(stream: ServerStream, pairs: DomainPairs, context: FederationContext) {
    this.stream = stream
    this.pairs = pairs
    this.#context = context
    this.#handling = new Handling(context)
    this.#lastActivity = context.environment.now()
    this.#progress = new ProgressWatch(context.environment, context.limits.stallTimeout, () => {
      if (this.pendingBytes > 0) this.#givenUp('the other server does not take what is sent')
    })
  }

  get session(): ManagedSession | undefined {
    return this.#session
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Written, and not taken or acknowledged. */
  get pendingBytes(): number {
    return this.#session?.sender.unacknowledgedBytes ?? this.stream.connection.bufferedBytes
  }

  /** Written without stream management, and not known to have arrived. */
  get unconfirmed(): readonly string[] {
    return this.#confirmation?.unconfirmed() ?? []
  }

  /** The sum of their sizes. */
  get unconfirmedBytes(): number {
    return this.#confirmation?.unconfirmedBytes ?? 0
  }

  /** Who is told when there is room, and when it is over. */
  use(user: ExchangeUser | undefined): void {
    this.#user = user
    if (!user || this.#session) return
    const confirmed = () => {
      this.isProved = true
    }
    const silent = (reason: string) => this.#givenUp(reason)
    this.#confirmation ??= new PingConfirmation({
      ...{ names: user.names, stream: this.stream, context: this.#context, confirmed, silent },
      room: () => this.#makeRoom(),
    })
  }

  /** From now on stanzas are counted (XEP-0198 §3), or go on to be (§5). */
  manage(session: ManagedSession): void {
    this.#session = session
    session.holder = this
  }

  /** After a resumption: what the peer has not handled, in order, before anything new (XEP-0198 §5). */
  retransmit(): void {
    const { sender } = this.#session as ManagedSession
    const texts = sender.retransmit()
    if (texts.length === 0) return
    for (const text of texts) this.stream.send(text)
    if (sender.request()) this.stream.send(REQUEST_TEXT)
    this.#progress.begin()
  }

  /** Writes a stanza, in the same turn. */
  write(text: string): WriteVerdict {
    if (this.maxBytes !== undefined && isLonger(text, this.maxBytes)) return 'too-large'
    const { stream } = this
    if (this.#isOver || stream.isClosed || this.#isCongested()) return this.#full()
    if (!this.#session && this.#confirmation?.hasRoom(text) === false) return this.#full()
    const verdict = this.#session?.sender.sent(text, text.length)
    if (verdict === 'full') return this.#full()
    this.#lastActivity = this.#context.environment.now()
    this.#context.counters.stanzasSent++
    stream.send(verdict === 'request' ? text + REQUEST_TEXT : text)
    if (verdict === 'ok') this.#askLater()
    else if (verdict === 'request') this.#progress.begin()
    else this.#confirmation?.sent(text)
    return 'sent'
  }

  /** Asks at once what of that has arrived. */
  ask(): void {
    this.#confirmation?.ask()
    if (!this.#session?.sender.request()) return
    this.stream.send(REQUEST_TEXT)
    this.#progress.begin()
  }

  /** A stanza of the peer. A promise means: later ones wait. */
  receive(element: Element): void | Promise<void> {
    this.#lastActivity = this.#context.environment.now()
    this.#context.counters.stanzasReceived++
    this.isProved = true
    const done = this.#handling.take(element, this.pairs, this.#session?.receiver)
    if (done instanceof StreamError) this.refuse(done)
    else if (done) return done.then((fault) => (fault instanceof StreamError ? this.refuse(fault) : undefined))
  }

  /** Resolves when all that has arrived is handled; `undefined` if it is. */
  readonly settled = (): Promise<void> | undefined => this.#session?.receiver.settled() ?? this.#handling.settled()

  send(text: string): void {
    this.stream.send(text)
  }

  /** `<r/>`, `<a/>`, and what has no place in an established stream. */
  control(element: StreamManagementElement): void {
    const session = this.#session
    if (!session) this.refuse(new StreamError('policy-violation', 'stream management is not enabled'))
    else if (element.kind === 'request') session.receiver.asked()
    else if (element.kind === 'acknowledgement') this.#acknowledged(session, element.h)
    else this.refuse(new StreamError('policy-violation', 'out of turn'))
  }

  /** Ends the stream because of what the peer said; told in the log, once. */
  refuse(error: StreamError): void {
    if (this.stream.isClosed) return
    this.#context.counters.refusals++
    const { condition, text } = error
    const { remoteAddress } = this.stream
    this.#context.log.warn(
      { condition, text, remoteAddress, pairs: this.pairs.list() },
      "a server's stream was refused",
    )
    this.close(error)
  }

  close(error?: StreamError): void {
    this.stream.close(error)
    this.over(error === undefined)
  }

  /** What was handled is acknowledged before the stream ends (XEP-0198 §4). */
  acknowledgeLast(): void {
    const receiver = this.#session?.receiver
    if (receiver?.owesAcknowledgement) this.stream.send(acknowledgementText(receiver.answer()))
  }

  /** The peer ends the stream with an error. */
  peerError(error: StreamError): void {
    if (!isPassing(error)) this.rejection = error
  }

  /** The stream is at its end. */
  over(inOrder = false): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelRequest?.()
    this.#progress.end()
    this.#cancelIdle?.()
    this.#confirmation?.stop()
    if (this.#session?.holder === this) {
      this.#session.holder = undefined
      this.#session.receiver.disconnected()
    }
    const user = this.#user
    this.#user = undefined
    user?.detached(this.#session, inOrder)
  }

  surrender(): void {
    this.stream.destroy()
    this.over()
  }

  /** The connection's buffer is empty. */
  drained(): void {
    if (!this.#session) this.#progress.end()
    this.#makeRoom()
  }

  /** Closes the stream when no stanza has passed for so long. */
  closeWhenIdle(milliseconds: number, next = milliseconds): void {
    const { environment } = this.#context
    this.#cancelIdle = environment.setTimer(next, () => {
      const left = this.#lastActivity + milliseconds - environment.now()
      if (left <= 0 && this.pendingBytes === 0) this.close()
      else this.closeWhenIdle(milliseconds, Math.max(left, 1_000))
    })
  }

  #acknowledged(session: ManagedSession, h: number): void {
    const result = session.acknowledge(h)
    if (result instanceof StreamError) {
      this.refuse(result)
      return
    }
    if (result.length > 0) this.isProved = true
    if (result.length > 0 || session.sender.unacknowledgedStanzas === 0) this.#progress.end()
    if (session.sender.unacknowledgedStanzas > 0) this.#askLater()
    this.#makeRoom()
  }

  #full(): 'full' {
    this.#wasFull = true
    if (!this.#isOver) {
      if (this.#session?.sender.request()) this.stream.send(REQUEST_TEXT)
      this.#progress.begin()
    }
    return 'full'
  }

  #makeRoom(): void {
    if (!this.#wasFull || this.#isCongested()) return
    this.#wasFull = false
    this.#user?.writable()
  }

  #isCongested(): boolean {
    return this.stream.connection.bufferedBytes > this.#context.limits.maxOutboundBytes
  }

  #askLater(): void {
    this.#cancelRequest ??= this.#context.environment.setTimer(REQUEST_DELAY, () => {
      this.#cancelRequest = undefined
      this.ask()
    })
  }

  #givenUp(reason: string): void {
    const { remoteAddress } = this.stream
    this.#context.log.warn({ ...this.#user?.names, pairs: this.pairs.list(), remoteAddress, reason }, SILENT)
    this.stream.destroy(new Error(reason))
  }
}

/** Whether a text has more octets in UTF-8; counted only where its length leaves that open. */
function isLonger(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return true
  if (text.length * 3 <= maxBytes) return false
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    // Half of a surrogate pair has two of its four octets; other characters above U+07FF have three.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1
  }
  return bytes > maxBytes
}
