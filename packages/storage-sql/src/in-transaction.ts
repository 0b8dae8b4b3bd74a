import type { DatabaseSync } from 'node:sqlite'

/** Does work in a transaction of its own, unless there is one already; none is left open, however it fails. */
export function inTransaction(db: DatabaseSync, work: () => void): void {
  if (db.isTransaction) {
    work()
    return
  }
  db.exec('begin immediate')
  try {
    work()
    db.exec('commit')
  } catch (error) {
    // SQLite has rolled back by itself after some errors (a full disk, a failed medium).
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}
