import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { REQUEST_TEXT, StreamManagementSender } from '@parlour/stream-management'
import type { Environment } from '@parlour/stream-negotiation'
import { type Element, serialize } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { ClientError } from '../client-error.ts'
import { AnswerWatch } from './answer-watch.ts'
import type { StreamManagementOptions } from './options.ts'

/** A stanza that was sent, and the server has not acknowledged. */
export interface Unacknowledged {
  readonly stanza: Element
  /** When it was sent first, in milliseconds since the epoch. */
  readonly at: number
  /** Who waits to hear: nothing, when it is acknowledged, or why it will not be known. */
  readonly settle: ((error?: ClientError) => void) | undefined
}

/** Where an outbox writes. */
export interface OutboxTarget {
  send(stanza: Element | string): void
}

/** What one session has sent and the server has not acknowledged (XEP-0198 §4); asks for acknowledgements. */
export class Outbox {
  readonly #sender: StreamManagementSender<Unacknowledged>
  readonly #watch: AnswerWatch
  #target: OutboxTarget | undefined
  /** How many wait to hear of an acknowledgement. */
  #waiters = 0
  #isAsking = false

  constructor(
    target: OutboxTarget | undefined,
    options: StreamManagementOptions,
    environment: Environment,
    dead: () => void,
  ) {
    this.#target = target
    this.#sender = new StreamManagementSender({
      maxUnacknowledgedStanzas: options.maximumUnacknowledgedStanzas,
      maxUnacknowledgedBytes: options.maximumUnacknowledgedCharacters,
    })
    this.#watch = new AnswerWatch(environment, options, { ask: () => this.ask(), dead })
  }

  /** Whether somebody waits to hear of an acknowledgement. */
  get hasWaiters(): boolean {
    return this.#waiters > 0
  }

  /** Sends and keeps; without a target it is only kept. */
  send(item: Unacknowledged): ClientError | undefined {
    const text = serialize(item.stanza, CLIENT_NAMESPACE)
    const verdict = this.#sender.sent(item, text.length)
    if (verdict === 'full') {
      this.ask()
      return new ClientError('overflow', { message: 'the server does not acknowledge what it is sent' })
    }
    if (item.settle) this.#waiters++
    if (!this.#target) return undefined
    this.#target.send(verdict === 'request' ? text + REQUEST_TEXT : text)
    if (verdict === 'request') this.#watch.asked()
    else if (item.settle) this.#askSoon()
    else this.#watch.waiting()
    return undefined
  }

  /** Asks what the server has handled, unless that is asked already or nothing waits. */
  ask(): void {
    this.#isAsking = false
    if (!this.#target || !this.#sender.request()) return
    this.#target.send(REQUEST_TEXT)
    this.#watch.asked()
  }

  /** Something came from the server. */
  heard(): void {
    this.#watch.heard()
  }

  /** The server has handled so many. @returns the stream error for a count that cannot be */
  acknowledge(h: number): StreamError | undefined {
    const acknowledged = this.#sender.acknowledge(h)
    if (acknowledged instanceof StreamError) return acknowledged
    for (const { settle } of acknowledged) {
      if (!settle) continue
      this.#waiters--
      settle()
    }
    this.#watch.stop()
    if (this.#waiters > 0) this.#askSoon()
    else if (this.#sender.unacknowledgedStanzas > 0) this.#watch.waiting()
    return undefined
  }

  /** The connection is lost; what is sent from now on waits for the next one. */
  detach(): void {
    this.#target = undefined
    this.#watch.stop()
  }

  /** The session goes on: what the server has not handled is sent again (XEP-0198 §5). @returns as `acknowledge` */
  resume(target: OutboxTarget, h: number): StreamError | undefined {
    this.#target = target
    const error = this.acknowledge(h)
    if (error) return error
    for (const { stanza } of this.#sender.retransmit()) target.send(stanza)
    this.ask()
    return undefined
  }

  /** The session is over. @returns what the server may not have handled; `h`, if known, tells what it has */
  close(h: number | undefined): Unacknowledged[] {
    this.detach()
    // A count that cannot be tells nothing.
    if (h !== undefined) this.acknowledge(h)
    this.#watch.stop()
    return this.#sender.unacknowledged()
  }

  /** Behind all that is sent in this turn. */
  #askSoon(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    queueMicrotask(() => this.ask())
  }
}

declare const queueMicrotask: (callback: () => void) => void
