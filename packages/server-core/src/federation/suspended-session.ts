import type { Environment } from '@parlour/stream-negotiation'
import type { ManagedSession } from './managed-session.ts'

/** Milliseconds that the peer has to resume a stream it had opened, before a new one is opened from here. */
const TAKE_OVER = 10_000

/** Stanzas that were sent and may not have arrived, and since when they wait. */
export interface Unacknowledged {
  readonly texts: readonly string[]
  readonly since: number | undefined
}

/** The session of a link whose connection is gone, if there is one: it is to be resumed, by us or by the peer. */
export class SuspendedSession {
  readonly #environment: Environment
  #session: ManagedSession | undefined
  #since = 0
  #byPeer = false
  #cancelTakeOver: (() => void) | undefined
  /** What the peer had acknowledged when the last stream began. */
  #acknowledgedBefore = 0
  /** Since when streams end without having got any stanza across that waited for acknowledgement. */
  #troubledSince: number | undefined

  constructor(environment: Environment) {
    this.#environment = environment
  }

  get session(): ManagedSession | undefined {
    return this.#session
  }

  /** Since when what it holds waits. */
  get since(): number | undefined {
    return this.#session && this.#since
  }

  /** It is there, and we opened its stream, so we resume it. */
  get isOurs(): boolean {
    return this.#session !== undefined && !this.#byPeer
  }

  /** It is there, and the peer opened its stream, so the peer resumes it. */
  get isOfPeer(): boolean {
    return this.#session !== undefined && this.#byPeer
  }

  /** Stanzas are written again, in this session or without one. */
  began(session: ManagedSession | undefined): void {
    this.#acknowledgedBefore = session?.sender.acknowledged ?? 0
    this.#cancelTakeOver?.()
  }

  /**
   * The stream of a session is over. Time in which nothing gets across counts as waiting, though there was a stream: what
   * ends each stream must not be sent for ever.
   */
  ended(session: ManagedSession | undefined): void {
    const isStuck = session && session.sender.unacknowledgedStanzas > 0
    if (!isStuck || session.sender.acknowledged !== this.#acknowledgedBefore) this.#troubledSince = undefined
    if (isStuck) this.#troubledSince ??= this.#environment.now()
  }

  /**
   * Keeps a session until it is resumed. @param takeOver called when the peer had its time to resume it and did not
   * @returns what it holds, if it cannot be resumed
   */
  keep(session: ManagedSession, byPeer: boolean, takeOver: () => void): Unacknowledged | undefined {
    if (session.id === undefined) return { texts: session.sender.unacknowledged(), since: this.#troubledSince }
    this.#session = session
    this.#since = this.#troubledSince ?? this.#environment.now()
    this.#byPeer = byPeer
    if (byPeer)
      this.#cancelTakeOver = this.#environment.setTimer(TAKE_OVER, () => {
        if (this.#session === session) takeOver()
      })
    return undefined
  }

  /** This session lives again, or what it held was dealt with: it is not suspended any more. */
  settle(session: ManagedSession | undefined): void {
    if (this.#session === session) this.#session = undefined
  }

  /** Gives up its resumption. @returns what it held, to be sent again */
  release(): Unacknowledged | undefined {
    const session = this.#session
    this.#session = undefined
    this.#cancelTakeOver?.()
    if (!session) return undefined
    const texts = session.sender.unacknowledged()
    if (this.#byPeer) session.forfeit()
    return { texts, since: this.#since }
  }
}
