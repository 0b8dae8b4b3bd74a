import type { DatabaseSync } from 'node:sqlite'
import { StorageError } from '@parlour/storage'

/**
 * Writes the database anew, without what was removed from it: `secure_delete` alone leaves copies that SQLite made when it
 * moved rows between pages. Then empties the log.
 */
export function purge(db: DatabaseSync, file: string): void {
  for (const table of searchTables(db)) db.exec(`insert into "${table}"("${table}") values ('optimize')`)
  // The copy may be larger than memory.
  db.exec('pragma temp_store = file')
  try {
    db.exec('vacuum')
  } finally {
    db.exec('pragma temp_store = memory')
  }
  const { busy } = db.prepare('pragma wal_checkpoint(truncate)').get() as { busy: number }
  if (busy !== 0) throw new StorageError('busy', `${file} is being read, by a backup perhaps: try again later`)
}

/** A full-text index keeps words of what was removed until its parts are merged. */
function searchTables(db: DatabaseSync): readonly string[] {
  const rows = db.prepare("select name from sqlite_schema where sql like 'create virtual table%fts5%'").all()
  return rows.map(({ name }) => String(name))
}
