import type { Write } from '@parlour/storage'
import type { Reached } from './stream-management/unacknowledged.ts'

/** Told once what became of writes: they are durable, or why they were not stored. */
export type Settled = (error?: unknown) => void

/** Where what has to be stored on account of a stanza goes. */
export interface StanzaWrites {
  /**
   * Adds to what is committed for this stanza: all of it or nothing, in one commit, once the stanza was routed. Delivery
   * does not wait for that; the acknowledgement of the stanza does. If it fails, the sender is answered
   * `resource-constraint`. To be called before the handler's answer settles.
   *
   * @param settled told when the writes are durable, or were not stored
   */
  store(writes: readonly Write[], settled?: Settled): void
}

/** A delivery that came to nothing: the session ended, and had not acknowledged the stanza. */
export interface FormerDelivery {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Of an archive entry made then, where there was one: what keeps the stanza under it has its place among others. */
  readonly id: string | undefined
}

/** What one stanza stores, wherever it passes, and the session that sent it. */
export class StanzaTransaction<Session> implements StanzaWrites {
  /** The session that sent the stanza, when a client of this server did. */
  readonly session: Session | undefined
  #writes: Write[] | undefined
  #later: (() => Write)[] | undefined
  #settled: Settled[] | undefined
  #reached: Reached | undefined
  #isClosed = false

  /** Of a stanza that was delivered before, in vain. */
  readonly former: FormerDelivery | undefined

  constructor(session?: Session, former?: FormerDelivery) {
    this.session = session
    this.former = former
  }

  /** Whether anything has to be committed: a stanza that stores nothing waits for nothing. */
  get isEmpty(): boolean {
    return this.#writes === undefined && this.#later === undefined
  }

  store(writes: readonly Write[], settled?: Settled): void {
    if (this.#isClosed) throw new Error('the stanza has been committed already')
    this.#writes ??= []
    for (const write of writes) this.#writes.push(write)
    if (!settled) return
    this.#settled ??= []
    this.#settled.push(settled)
  }

  /** Adds a write that is made when all that the stanza leads to is known. */
  storeLater(write: () => Write): void {
    if (this.#isClosed) throw new Error('the stanza has been committed already')
    this.#later ??= []
    this.#later.push(write)
  }

  /** The sessions that have got the message, or a copy of it. */
  get reached(): Reached {
    this.#reached ??= []
    return this.#reached
  }

  /** Commits what was added; nothing can be added any more. Rejects as `commit` does. */
  async commit(commit: (writes: readonly Write[]) => Promise<void>): Promise<void> {
    this.#isClosed = true
    const writes = this.#writes ?? []
    for (const write of this.#later ?? []) writes.push(write())
    // A transaction may live as long as what waits for an answer does: what it stored need not.
    this.#writes = undefined
    this.#later = undefined
    try {
      await commit(writes)
    } catch (error) {
      for (const settle of this.#settled ?? []) settle(error)
      throw error
    }
    for (const settle of this.#settled ?? []) settle()
  }
}
