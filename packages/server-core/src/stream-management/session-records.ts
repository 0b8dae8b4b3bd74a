import type { Write } from '@parlour/storage'
import type { ManagedSession } from './managed-session.ts'
import type { StreamManagementParts } from './parts.ts'
import { recordOf } from './record-of.ts'
import { recordWrite } from './session-record.ts'

/** Milliseconds until what could not be stored is tried again. */
const RETRY_DELAY = 1000
/** Milliseconds until it is stored that a session waits to be resumed: most are by then. After a crash it waits anew. */
const DETACHED_DELAY = 10_000
/** Milliseconds for which those that are to be stored then are gathered. */
const DETACHED_STEP = 5000

/**
 * The records of sessions in the storage. Nobody waits for them: what is committed later relies on them, and is durable
 * later. One that could not be stored is tried again: without it, a restart knows of no session, and so of no queue.
 */
export class SessionRecords {
  readonly #parts: Pick<StreamManagementParts, 'environment' | 'commit'>
  readonly #detachedAt: (managed: ManagedSession) => number | undefined
  readonly #changed = new Set<ManagedSession>()
  /** Those that wait to be resumed, of which that is not stored yet. */
  readonly #detached = new Set<ManagedSession>()
  /** Those whose stored record says that they wait. */
  readonly #known = new WeakSet<ManagedSession>()
  #isDue = false
  #isStopping = false
  #isClosed = false
  #cancelRetry: (() => void) | undefined
  #cancelDetached: (() => void) | undefined

  /** @param detachedAt since when a session waits to be resumed */
  constructor(
    parts: Pick<StreamManagementParts, 'environment' | 'commit'>,
    detachedAt: (managed: ManagedSession) => number | undefined,
  ) {
    this.#parts = parts
    this.#detachedAt = detachedAt
  }

  /** Stores the record of a session as it is now. */
  store(managed: ManagedSession): void {
    this.#changed.add(managed)
    this.commitChanges()
  }

  /** There is a session. What is stored for it before that is, is only found with it. */
  begun(managed: ManagedSession): void {
    managed.record = {
      write: () => (managed.isOver ? undefined : this.#writeOf(managed)),
      settled: () => {},
    }
    this.store(managed)
  }

  /** A session was brought back. @param isKnown the stored record says that it waits */
  restored(managed: ManagedSession, isKnown: boolean): void {
    if (isKnown) this.#known.add(managed)
    else this.#storeLater(managed)
  }

  /** A session waits to be resumed. */
  detached(managed: ManagedSession): void {
    // What it has acknowledged stands nowhere but in the record.
    if (this.#isStopping || managed.unremoved.length > 0) this.store(managed)
    else this.#storeLater(managed)
  }

  /** A session does not wait any more. */
  resumed(managed: ManagedSession): void {
    this.#detached.delete(managed)
    if (this.#known.has(managed)) this.store(managed)
  }

  /** From now on nothing is stored later. */
  stopping(): void {
    this.#isStopping = true
    this.#storeDetached(0)
  }

  /** Something in the record of a session is different: it is written before the turn is over. */
  changed(managed: ManagedSession): void {
    this.#changed.add(managed)
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(this.commitChanges)
  }

  /** What is different is written now. */
  readonly commitChanges = (): void => {
    this.#isDue = false
    if (this.#changed.size === 0) return
    const there = [...this.#changed].filter(({ isOver }) => !isOver)
    this.#changed.clear()
    if (there.length === 0) return
    const writes = there.map((managed) => this.#write(managed))
    const stored = () => {
      for (const managed of there) managed.record = undefined
    }
    void this.#parts.commit(writes).then(stored, () => this.#tryAgain(there)) // logged by who commits
  }

  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
    this.#cancelDetached?.()
  }

  #write(managed: ManagedSession): Write {
    this.#detached.delete(managed)
    return this.#writeOf(managed)
  }

  #writeOf(managed: ManagedSession): Write {
    const detachedAt = this.#detachedAt(managed)
    if (detachedAt === undefined) this.#known.delete(managed)
    else this.#known.add(managed)
    return recordWrite(managed.account, managed.key, recordOf(managed, detachedAt))
  }

  #storeLater(managed: ManagedSession): void {
    this.#detached.add(managed)
    this.#watchDetached()
  }

  #watchDetached(): void {
    if (this.#detached.size === 0 || this.#isClosed) return
    this.#cancelDetached ??= this.#parts.environment.setTimer(DETACHED_STEP, () => this.#storeDetached(DETACHED_DELAY))
  }

  /** @param least milliseconds that they have waited */
  #storeDetached(least: number): void {
    this.#cancelDetached?.()
    this.#cancelDetached = undefined
    const before = this.#parts.environment.now() - least
    for (const managed of this.#detached)
      if ((this.#detachedAt(managed) ?? 0) <= before) {
        this.#detached.delete(managed)
        this.#changed.add(managed)
      }
    this.commitChanges()
    this.#watchDetached()
  }

  #tryAgain(failed: readonly ManagedSession[]): void {
    for (const managed of failed) this.#changed.add(managed)
    if (this.#isClosed) return
    this.#cancelRetry ??= this.#parts.environment.setTimer(RETRY_DELAY, () => {
      this.#cancelRetry = undefined
      this.commitChanges()
    })
  }
}
