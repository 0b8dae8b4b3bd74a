import { StreamManagementSender } from '@parlour/stream-management'
import { randomIdentifier } from '@parlour/stream-negotiation'
import { escapeAttribute } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import type { FederationContext } from './federation-context.ts'
import type { ServerNames } from './server-connector.ts'
import type { ServerStream } from './server-stream.ts'

/** Milliseconds after a stanza until a ping is sent: one for all that are written meanwhile. */
const PING_DELAY = 1_000
/** The part of what may be unconfirmed beyond which a ping follows at once. */
const HURRIED = 0.5
/** Never by itself. */
const REQUESTS = { everyStanzas: Number.POSITIVE_INFINITY, everyBytes: Number.POSITIVE_INFINITY }

/** What a confirmation is made of. */
export interface ConfirmationParts {
  readonly names: ServerNames
  readonly stream: ServerStream
  readonly context: FederationContext
  /** The peer took what was written. */
  confirmed(): void
  /** There is room again for what is not confirmed. */
  room(): void
  /** The stream is to be dropped. */
  silent(reason: string): void
}

/**
 * What is written to a peer without XEP-0198, until its answer to a ping behind it (XEP-0199) tells that the peer has
 * read it: stanzas of one stream are treated in order (RFC 6120 §10.1). A peer that does not answer is gone. One ping
 * at a time, and none where nothing was written.
 */
export class PingConfirmation {
  readonly #parts: ConfirmationParts
  readonly #sender: StreamManagementSender<string>
  #isOff = false
  #isAsking = false
  /** Until the next ping. */
  #delay = PING_DELAY
  #bufferedBytes = 0
  /** Of the time until a ping, or until its answer. */
  #cancel: (() => void) | undefined

  constructor(parts: ConfirmationParts) {
    this.#parts = parts
    const { maxUnacknowledgedStanzas, maxQueuedBytes } = parts.context.limits
    this.#sender = new StreamManagementSender({
      maxUnacknowledgedStanzas,
      maxUnacknowledgedBytes: maxQueuedBytes,
      request: REQUESTS,
    })
  }

  /** Written and not confirmed, in order. */
  unconfirmed(): string[] {
    return this.#sender.unacknowledged()
  }

  get unconfirmedBytes(): number {
    return this.#sender.unacknowledgedBytes
  }

  /** Whether a stanza may be written: no more is under way unconfirmed than can be answered, should it be lost. */
  hasRoom(text: string): boolean {
    return this.#isOff || this.#share(text.length) <= 1 || this.#sender.unacknowledgedStanzas === 0
  }

  /** A stanza is written. */
  sent(text: string): void {
    if (isAnswer(text)) return
    if (this.#isOff) {
      // Nobody will confirm it.
      this.#parts.context.kernel.outbox.over([text])
      return
    }
    this.#sender.sent(text, text.length)
    this.#askInTime()
  }

  /** From now on a ping follows at once. */
  ask(): void {
    this.#delay = 0
    if (this.#isOff || this.#isAsking || this.#sender.unacknowledgedStanzas === 0) return
    this.#cancel?.()
    this.#ping()
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#isOff = true
    this.#cancel?.()
  }

  /** Who writes that much is not made to wait for the delay. */
  #askInTime(): void {
    if (this.#isAsking || this.#sender.unacknowledgedStanzas === 0) return
    if (this.#share(0) > HURRIED) {
      this.#cancel?.()
      this.#ping()
    } else this.#cancel ??= this.#after(this.#delay, () => this.#ping())
  }

  /** How much of what may be unconfirmed would be, with so much more: 1 is all. */
  #share(length: number): number {
    const { maxUnacknowledgedStanzas, maxQueuedBytes } = this.#parts.context.limits
    const { unacknowledgedStanzas, unacknowledgedBytes } = this.#sender
    const stanzas = unacknowledgedStanzas + (length > 0 ? 1 : 0)
    return Math.max(stanzas / maxUnacknowledgedStanzas, (unacknowledgedBytes + length) / maxQueuedBytes)
  }

  #ping(): void {
    const { names, stream, context } = this.#parts
    this.#isAsking = true
    const id = randomIdentifier(context.environment)
    const count = this.#sender.sendCount
    const forget = context.pings.expect(id, names, () => this.#answered(count))
    const [from, to] = [escapeAttribute(names.local), escapeAttribute(names.remote)]
    stream.send(`<iq type='get' id='${id}' from='${from}' to='${to}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    this.#await(forget)
  }

  #await(forget: () => void): void {
    const { stream, context } = this.#parts
    this.#bufferedBytes = stream.connection.bufferedBytes
    const cancelTimer = this.#after(context.limits.pingTimeout, () => this.#unanswered(forget))
    this.#cancel = () => {
      cancelTimer()
      forget()
    }
  }

  #answered(count: number): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#isAsking = false
    this.#over(count)
    this.#askInTime()
    this.#parts.confirmed()
    this.#parts.room()
  }

  #unanswered(forget: () => void): void {
    const { names, stream, context } = this.#parts
    const { bufferedBytes } = stream.connection
    // The ping may not even have left, on a slow line.
    if (bufferedBytes > 0 && bufferedBytes < this.#bufferedBytes) {
      this.#await(forget)
      return
    }
    forget()
    this.#isOff = true
    if (context.pings.isDeath(names))
      this.#parts.silent(`it has not answered a ping for ${context.limits.pingTimeout / 1000} s`)
    else this.#giveUp()
  }

  /** Nothing of what was written will be confirmed. */
  #giveUp(): void {
    this.#over(this.#sender.sendCount)
    this.#parts.room()
  }

  #over(count: number): void {
    const texts = this.#sender.acknowledge(count)
    if (!(texts instanceof StreamError)) this.#parts.context.kernel.outbox.over(texts)
  }

  #after(milliseconds: number, act: () => void): () => void {
    return this.#parts.context.environment.setTimer(milliseconds, act)
  }
}

/** Answers are not answered, so there is nobody to be told; and pings for answers to pings would have no end. */
function isAnswer(text: string): boolean {
  return text.startsWith('<iq ') && /^[^>]* type=['"](?:result|error)['"]/.test(text)
}
