import type { StreamError } from '@parlour/xml-stream'
import { AgeWatch } from './age-watch.ts'
import type { FederationError } from './federation-error.ts'
import { linkErrors } from './link-errors.ts'
import type { ManagedSession } from './managed-session.ts'
import { streamFailure } from './negotiation-failure.ts'
import type { ServerNames } from './server-connector.ts'
import { SuspendedSession } from './suspended-session.ts'
import { type WaitingParts, WaitingStanzas } from './waiting-stanzas.ts'

/** Whose stanzas they are. */
export interface BacklogOwner {
  readonly names: ServerNames
  /** Why the other server is not reached. */
  readonly lastError: FederationError | undefined
  /** Stanzas can be written: none is too old. */
  readonly isStanding: boolean
}

/** The stanzas of one link that did not get through yet: those that wait, and those of a session that may be resumed. */
export class LinkBacklog {
  readonly waiting: WaitingStanzas
  readonly suspended: SuspendedSession
  readonly #parts: WaitingParts
  readonly #owner: BacklogOwner
  readonly #age: AgeWatch

  constructor(parts: WaitingParts, owner: BacklogOwner) {
    this.#parts = parts
    this.#owner = owner
    this.waiting = new WaitingStanzas(parts)
    this.suspended = new SuspendedSession(parts.context.environment)
    this.#age = new AgeWatch(parts.context, (before) => this.#expire(before))
  }

  /** What waits, here or in a session that waits for its stream. */
  get size(): { readonly length: number; readonly bytes: number } {
    const { unacknowledgedStanzas = 0, unacknowledgedBytes = 0 } = this.suspended.session?.sender ?? {}
    return { length: this.waiting.length + unacknowledgedStanzas, bytes: this.waiting.bytes + unacknowledgedBytes }
  }

  /** Nothing would be forgotten with it. */
  get isEmpty(): boolean {
    return this.waiting.length === 0 && !this.suspended.session
  }

  /** Whether anything would have to be sent from here. */
  get isWanted(): boolean {
    return this.waiting.length > 0 || this.suspended.isOurs
  }

  /** Stanzas are written again, in this session or without one: another one is not resumed. */
  began(session: ManagedSession | undefined): void {
    this.suspended.settle(session)
    this.release()
    this.suspended.began(session)
    this.#age.stop()
  }

  /**
   * The peer ended the stream because of something that was said: to say it again would end the next one too. What it
   * was is known when the session is resumed; where that cannot be, all is answered that was not acknowledged.
   */
  reject(session: ManagedSession, rejection: StreamError): void {
    session.blamed = (texts) => this.answer(texts, streamFailure(rejection, this.#owner.names.remote))
    if (session.id === undefined) session.countUnknown()
  }

  /** @param takeOver called when the peer had its time to resume the session and did not: what it held waits here */
  suspend(session: ManagedSession, byPeer: boolean, takeOver: () => void): void {
    if (session.sender.unacknowledgedStanzas === 0 && (byPeer || !this.#parts.context.bidirectional)) return
    const lost = this.suspended.keep(session, byPeer, () => {
      this.release()
      takeOver()
    })
    if (lost) this.waiting.putBack(lost)
    this.watchAge()
  }

  /** What a session held goes to the front of what waits: the session will not be resumed. */
  release(): void {
    const held = this.suspended.release()
    if (held) this.waiting.putBack(held)
  }

  /** While no link stands, nothing waits longer than it may. */
  watchAge(): void {
    if (!this.#owner.isStanding) this.#age.watch(this.suspended.since, this.waiting.oldest)
  }

  /** Answers stanzas that were taken out, or never were in. */
  answer(texts: readonly string[], error: FederationError): void {
    for (const text of texts) this.#parts.undeliverable(text, error)
  }

  /** Answers all. */
  giveUp(error: FederationError): void {
    this.release()
    this.waiting.giveUp(error)
  }

  /** Answers all, and nobody waits for anything any more. */
  close(error: FederationError): void {
    this.#age.stop()
    this.giveUp(error)
    this.waiting.letGo()
  }

  #expire(before: number): void {
    if ((this.suspended.since ?? Number.POSITIVE_INFINITY) <= before) this.release()
    const { names, lastError } = this.#owner
    const error = (isSent: boolean) =>
      linkErrors.expired(names.remote, this.#parts.context.limits.maxQueuedTime, lastError, isSent)
    this.waiting.giveUpOlder(before, error)
    this.watchAge()
  }
}
