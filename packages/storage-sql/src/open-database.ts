import { DatabaseSync } from 'node:sqlite'
import { StorageError } from '@parlour/storage'
import type { Sql } from './compile.ts'
import type { WorkerOptions } from './messages.ts'

/** "Parl": tells `file(1)`, and us, whose database it is (PRAGMA application_id). */
const APPLICATION_ID = 0x5061726c

/** Opens (or makes) the database, sets it up for durable commits, brings its schema up to date. */
export function openDatabase(options: WorkerOptions): DatabaseSync {
  const db = new DatabaseSync(options.file, { timeout: options.busyTimeout })
  try {
    checkApplication(db, options.file)
    setUp(db, options)
    migrate(db, options.file, options.sql.migrations)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function setUp(db: DatabaseSync, options: WorkerOptions): void {
  db.exec('pragma journal_mode = wal')
  // FULL: the log is synced at each commit; NORMAL would lose acknowledged commits in a power cut.
  db.exec('pragma synchronous = full')
  db.exec('pragma fullfsync = on; pragma checkpoint_fullfsync = on')
  db.exec('pragma journal_size_limit = 67108864; pragma wal_autocheckpoint = 16000; pragma cache_size = -32768')
  // Overwrites what is removed where that costs no further page.
  db.exec('pragma secure_delete = fast')
  db.exec('pragma trusted_schema = off; pragma temp_store = memory')
  if (options.maxPages !== undefined) db.exec(`pragma max_page_count = ${options.maxPages}`)
}

function checkApplication(db: DatabaseSync, file: string): void {
  const id = numberOf(db, 'pragma application_id')
  const tables = numberOf(db, 'select count(*) from sqlite_schema')
  if (id === APPLICATION_ID || (id === 0 && tables === 0)) return
  throw new StorageError('corrupt', `${file} is the database of another program: name another file`)
}

function migrate(db: DatabaseSync, file: string, migrations: Sql['migrations']): void {
  if (version(db) === migrations.length) return
  db.exec('begin immediate')
  try {
    db.exec('create table if not exists parlour_schema (version integer not null) strict')
    const from = version(db)
    if (from > migrations.length) throw newerSchema(file, from, migrations.length)
    for (const statement of migrations.slice(from).flat()) db.exec(statement)
    db.exec(`delete from parlour_schema; insert into parlour_schema values (${migrations.length})`)
    db.exec(`pragma application_id = ${APPLICATION_ID}`)
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

function version(db: DatabaseSync): number {
  const known = numberOf(db, "select count(*) from sqlite_schema where name = 'parlour_schema'")
  return known === 0 ? 0 : numberOf(db, 'select coalesce(max(version), 0) from parlour_schema')
}

function newerSchema(file: string, found: number, known: number): StorageError {
  const message = `${file} has schema version ${found}, this version of Parlour knows up to ${known}: install a newer one`
  return new StorageError('newer-schema', message)
}

function numberOf(db: DatabaseSync, query: string): number {
  return Number(Object.values(db.prepare(query).get() ?? {})[0] ?? 0)
}
