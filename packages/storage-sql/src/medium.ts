import type { DatabaseSync } from 'node:sqlite'
import { isMediumFailure } from './sqlite-error.ts'

/**
 * Whether what was written can be relied on. When a sync fails, the system forgets what it could not write, and the next
 * sync succeeds all the same: what stands in the log before that point may not be on the disk. So nothing more is
 * committed until the log has been copied to the database, which is synced, and begins anew.
 */
export class Medium {
  readonly #db: DatabaseSync
  #isDoubtful = false

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** Something went wrong. */
  failed(error: unknown): void {
    if (isMediumFailure(error)) this.#isDoubtful = true
  }

  /** Before anything is committed. @throws what SQLite throws while the medium still fails */
  settle(): void {
    if (!this.#isDoubtful) return
    // Who reads the file at this moment (a backup) keeps a part of the log; that part is copied later.
    this.#db.exec('pragma wal_checkpoint(truncate)')
    this.#isDoubtful = false
  }
}
