import type { Write } from '@parlour/storage'
import type { KeptCopy } from './kept-copy.ts'
import type { LaterWrite } from './later-write.ts'
import type { Reached } from './stream-management/unacknowledged.ts'

/** Told once what became of writes: they are durable, or why they were not stored. */
export type Settled = (error?: unknown) => void

/** Where what has to be stored on account of a stanza goes. */
export interface StanzaWrites {
  /**
   * Adds to what is committed for this stanza: all of it or nothing, in one commit, once the stanza was routed. The
   * acknowledgement of the stanza waits for that, and so do receivers with XEP-0198; others get it at once. If it fails, the sender is answered
   * `resource-constraint`. To be called before the handler's answer settles.
   *
   * @param settled told when the writes are durable, or were not stored
   */
  store(writes: readonly Write[], settled?: Settled): void
}

/** When and where a stanza was kept before: for a session that ended and had not acknowledged it, or offline. */
export interface FormerDelivery {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Of an archive entry made then, where there was one: what keeps the stanza under it has its place among others. */
  readonly id: string | undefined
  /** It was kept for one session, while others got it: they know of each other. */
  readonly copy?: KeptCopy | undefined
}

const NONE: readonly LaterWrite[] = []
const NOBODY: readonly Settled[] = []

/** What one stanza stores, wherever it passes, and the session that sent it. */
export class StanzaTransaction<Session> implements StanzaWrites {
  /** The session that sent the stanza, when a client of this server did. */
  readonly session: Session | undefined
  #writes: Write[] | undefined
  #later: LaterWrite[] | undefined
  #settled: Settled[] | undefined
  #reached: Reached | undefined
  #isClosed = false
  #isOver = false

  /** Of a stanza that was kept before. */
  readonly former: FormerDelivery | undefined
  #isPlaceTaken = false

  constructor(session?: Session, former?: FormerDelivery) {
    this.session = session
    this.former = former
  }

  /** Whether anything has to be committed: a stanza that stores nothing waits for nothing. */
  get isEmpty(): boolean {
    return this.#writes === undefined && this.#later === undefined
  }

  /** Whether all that it stores has been handed to the storage, or nothing will be. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** It is over if there is nothing to commit. @returns whether that is so */
  endIfEmpty(): boolean {
    this.#isOver = this.isEmpty
    return this.#isOver
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
  storeLater(write: LaterWrite): void {
    if (this.#isClosed) throw new Error('the stanza has been committed already')
    this.#later ??= []
    this.#later.push(write)
  }

  /** The sessions that have got the message, or a copy of it. */
  get reached(): Reached {
    this.#reached ??= this.former?.copy?.end() ?? []
    return this.#reached
  }

  /** The id under which an entry of the queue keeps its former place; of one only, for ids are unique. */
  takePlace(): string | undefined {
    if (this.#isPlaceTaken) return undefined
    this.#isPlaceTaken = true
    return this.former?.id
  }

  /** Does what may store something, and then `next`; where it fails, nothing is committed. @throws, or rejects with, the error */
  run(work: () => void | Promise<void>, next: () => void | Promise<void>): void | Promise<void> {
    try {
      const done = work()
      if (done instanceof Promise) return done.then(next, (error: unknown) => this.abandon(error))
    } catch (error) {
      this.abandon(error)
    }
    return next()
  }

  /** Commits what was added; nothing can be added any more. Rejects as `commit` does. */
  commit(commit: (writes: readonly Write[]) => Promise<void>): Promise<void> {
    const settled = (error?: unknown): void => {
      const fault = this.settle(error)
      if (error !== undefined) throw error
      if (fault !== undefined) throw fault
    }
    return commit(this.close()).then(() => settled(), settled)
  }

  /** Nothing can be added any more. @returns all that is to be committed; {@link settle} is told then what became of it */
  close(): Write[] {
    this.#isClosed = true
    this.#isOver = true
    const writes = this.#writes ?? []
    for (const each of this.#later ?? NONE) {
      const write = each.write()
      if (write) writes.push(write)
    }
    // A transaction may live as long as what waits for an answer does: what it stored need not.
    this.#writes = undefined
    return writes
  }

  /** What was to be done for the stanza has failed: nothing is to be committed, unless somebody has got it already. */
  fail(error: unknown): void {
    if (this.#later !== undefined || (this.#reached !== undefined && this.#reached.length > 0)) return
    this.#writes = undefined
    this.settle(error)
    this.#settled = undefined
  }

  /** Nothing is committed: what was to be done for the stanza has failed. @throws the error */
  abandon(error: unknown): never {
    this.#isClosed = true
    this.#isOver = true
    this.settle(error)
    throw error
  }

  /**
   * What was added is durable, or was not stored. To be called once.
   *
   * @returns what one that was told has thrown: the others are told all the same, and the stanza is at an end
   */
  settle(error?: unknown): unknown {
    const later = this.#later ?? NONE
    this.#later = undefined
    let fault: unknown
    for (const settle of this.#settled ?? NOBODY) {
      try {
        settle(error)
      } catch (thrown) {
        fault ??= thrown
      }
    }
    for (const each of later) each.settled()
    return fault
  }
}
