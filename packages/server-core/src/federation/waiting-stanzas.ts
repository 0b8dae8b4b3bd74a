import type { FederationContext } from './federation-context.ts'
import type { FederationError } from './federation-error.ts'
import { linkErrors } from './link-errors.ts'
import type { StanzaExchange } from './stanza-exchange.ts'
import { type QueuedStanza, StanzaQueue } from './stanza-queue.ts'
import type { Unacknowledged } from './suspended-session.ts'

/** What the stanzas that wait are given. */
export interface WaitingParts {
  readonly context: FederationContext
  /** Bytes that wait for all links together. */
  readonly queued: { bytes: number }
  /** Answers a stanza that waited in vain. */
  undeliverable(text: string, error: FederationError): void
}

/** Milliseconds that who sends too much is kept waiting for each stanza: others whom they write to are not made to wait longer. */
const MAX_WAIT_FOR_ROOM = 1_000

/** The stanzas of one link that wait, and the senders who wait for room among them. */
export class WaitingStanzas {
  readonly #parts: WaitingParts
  readonly #queue: StanzaQueue
  readonly #onRoom = new Set<() => void>()

  constructor(parts: WaitingParts) {
    this.#parts = parts
    this.#queue = new StanzaQueue(parts.context.limits.maxQueuedBytes)
  }

  get length(): number {
    return this.#queue.length
  }

  get bytes(): number {
    return this.#queue.bytes
  }

  /** When the waiting of the first one began. */
  get oldest(): number | undefined {
    return this.#queue.oldest
  }

  /** False when there is no room, here (unless it comes `again`) or for all links together. */
  add(text: string, again = false): boolean {
    const { context, queued } = this.#parts
    const hasRoom = queued.bytes + text.length <= context.limits.maxTotalQueuedBytes
    if (!hasRoom || !this.#queue.push({ text, since: context.environment.now() }, again)) return false
    queued.bytes += text.length
    return true
  }

  /** Puts back what had been sent, before all others; it waits since the time given, or from now on. */
  putBack({ texts, since = this.#parts.context.environment.now() }: Unacknowledged): void {
    if (texts.length === 0) return
    this.#queue.unshift(texts.map((text) => ({ text, since, isSent: true })))
    for (const text of texts) this.#parts.queued.bytes += text.length
  }

  /** Writes them in order, as far as there is room. */
  writeTo(exchange: StanzaExchange, remote: string): void {
    for (let item = this.#queue.peek(); item; item = this.#queue.peek()) {
      const verdict = exchange.write(item.text)
      if (verdict === 'full') return
      this.#drop()
      if (verdict === 'too-large') this.#parts.undeliverable(item.text, linkErrors.tooLarge(remote, exchange.maxBytes))
    }
  }

  #drop(): void {
    const item = this.#queue.shift()
    if (item) this.#parts.queued.bytes -= item.text.length
    if (this.#onRoom.size > 0 && this.#queue.bytes < this.#parts.context.limits.maxQueuedBytes / 8) this.letGo()
  }

  /** Answers all. */
  giveUp(error: FederationError): void {
    this.#answer(this.#queue.takeAll(), () => error)
  }

  /** Answers those that wait since `time` or longer. */
  giveUpOlder(time: number, error: (isSent: boolean) => FederationError): void {
    this.#answer(this.#queue.takeOlder(time), error)
  }

  /** Resolves when few wait, or a moment has passed: for senders who can wait. `undefined`: few do. */
  room(): Promise<void> | undefined {
    const { environment, limits } = this.#parts.context
    if (this.#queue.bytes < limits.maxQueuedBytes / 4) return undefined
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

  /** Senders wait no longer. */
  letGo(): void {
    for (const resolve of this.#onRoom) resolve()
  }

  #answer(items: readonly QueuedStanza[], error: (isSent: boolean) => FederationError): void {
    for (const { text } of items) this.#parts.queued.bytes -= text.length
    for (const { text, isSent = false } of items) this.#parts.undeliverable(text, error(isSent))
  }
}
