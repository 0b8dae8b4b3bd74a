import type { ManagedSession } from './managed-session.ts'
import type { StreamManagementParts } from './parts.ts'
import { recordOf } from './record-of.ts'
import { recordWrite } from './session-record.ts'

/** Milliseconds until what could not be stored is tried again. */
const RETRY_DELAY = 1000

/**
 * The records of sessions in the storage. Nobody waits for them: what is committed later relies on them, and is durable
 * later. One that could not be stored is tried again: without it, a restart knows of no session, and so of no queue.
 */
export class SessionRecords {
  readonly #parts: Pick<StreamManagementParts, 'environment' | 'commit'>
  readonly #detachedAt: (managed: ManagedSession) => number | undefined
  readonly #changed = new Set<ManagedSession>()
  #isDue = false
  #isClosed = false
  #cancelRetry: (() => void) | undefined

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
    const writes = there.map((managed) => {
      const { account, key } = managed
      return recordWrite(account, key, recordOf(managed, this.#detachedAt(managed)))
    })
    void this.#parts.commit(writes).catch(() => this.#tryAgain(there)) // logged by who commits
  }

  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
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
