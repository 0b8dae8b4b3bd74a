import { DatabaseSync } from 'node:sqlite'
import { StorageError } from '@parlour/storage'
import { toStorageError } from './sqlite-error.ts'

/**
 * Keeps a second instance off a database file. The lock is SQLite's own write lock on a small file beside it, so the
 * operating system drops it however the process ends, and readers (`sqlite3 .backup`) of the database itself stay free.
 * The file tells who holds it.
 */
export class InstanceLock {
  readonly #db: DatabaseSync

  constructor(file: string) {
    const lockFile = `${file}.lock`
    this.#db = open(lockFile)
    try {
      this.#take()
    } catch (error) {
      const failure = toStorageError(error, lockFile)
      const locked = failure.code === 'locked' ? this.#lockedError(file, error) : failure
      this.#db.close()
      throw locked
    }
  }

  release(): void {
    this.#db.close()
  }

  #take(): void {
    this.#db.exec('begin immediate')
    this.#db.exec('create table if not exists holder (process integer) strict; delete from holder')
    this.#db.prepare('insert into holder values (?)').run(process.pid)
    // Committed so that others can read it, then taken again for good; who comes between takes it in our place.
    this.#db.exec('commit; begin immediate')
  }

  #lockedError(file: string, cause: unknown): StorageError {
    const message = `${file} is in use by ${this.#holder()}: end it first, or give this one another data folder`
    return new StorageError('locked', message, { cause })
  }

  #holder(): string {
    try {
      const row = this.#db.prepare('select process from holder').get()
      return row === undefined ? 'another process' : `process ${row.process}`
    } catch {
      // Not yet written: the holder is starting at this moment. The message can only be less exact.
      return 'another process'
    }
  }
}

function open(lockFile: string): DatabaseSync {
  try {
    return new DatabaseSync(lockFile, { timeout: 0 })
  } catch (error) {
    throw toStorageError(error, lockFile)
  }
}
