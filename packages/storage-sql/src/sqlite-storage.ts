import {
  type ArchiveEntry,
  type ArchivePage,
  type ArchiveQuery,
  checkName,
  checkQuery,
  type Json,
  pageSize,
  type Storage,
  type Write,
} from '@parlour/storage'
import { compileForSqlite, type Sql } from './compile.ts'
import { decodeValue } from './decode.ts'
import { encodeCommit } from './encode.ts'
import type { EntryRow, PageRows } from './messages.ts'
import { rangeOfIds } from './page-range.ts'
import { WorkerQueue } from './worker-queue.ts'

/** How to open a SQLite storage. */
export interface SqliteStorageOptions {
  /** The database file; made when there is none. Its folder must exist. `:memory:` keeps everything in memory. */
  file: string
  /** Milliseconds to wait while another program (`sqlite3`) holds the file for a moment. Default 5000. */
  busyTimeout?: number
  /** How many operations may wait; further ones reject with `busy`. Default 20000. */
  maxQueued?: number
  /** How many UTF-16 units of names and values may wait; further operations reject with `busy`. Default 64 Mi. */
  maxQueuedLength?: number
  /** A bound on the size of the database, in pages of 4096 bytes: at it, commits reject with `full`. Default: the disk. */
  maxPages?: number
}

/** A storage in an SQLite file. */
export interface SqliteStorage extends Storage {
  /**
   * Copies the database, consistent, to a file that does not exist yet; reads and commits go on meanwhile. Resolves when
   * the copy is on the disk. Rejects with `StorageError`; nothing of the copy is left then.
   */
  backup(destination: string): Promise<void>
  /**
   * Rewrites the file, so that nothing is left in it of what was removed. Takes seconds for each gigabyte, in which
   * everything else waits, and as much space again for that time. Rejects with `StorageError`.
   */
  purge(): Promise<void>
}

/**
 * Opens a storage in an SQLite file, which it makes, locks against a second instance, and migrates as needed.
 * Rejects with `StorageError`: `locked`, `corrupt`, `newer-schema`, `unavailable` (the file cannot be opened).
 *
 * All work is done in a worker thread. Commits that come together share one transaction and one fsync.
 *
 * @example
 * await using storage = await createSqliteStorage({ file: 'parlour.db' })
 * await storage.commit([{ type: 'put', store: 'notes', owner: 'juliet@example.org', key: 'a', value: 'balcony' }])
 */
export async function createSqliteStorage(options: SqliteStorageOptions): Promise<SqliteStorage> {
  const queue = new WorkerQueue(
    { file: options.file, sql: sqliteSql(), busyTimeout: options.busyTimeout ?? 5000, maxPages: options.maxPages },
    { operations: options.maxQueued ?? 20_000, length: options.maxQueuedLength ?? 64 * 1024 * 1024 },
  )
  await queue.ready
  return new WorkerStorage(queue)
}

let compiled: Sql | undefined

function sqliteSql(): Sql {
  compiled ??= compileForSqlite()
  return compiled
}

class WorkerStorage implements SqliteStorage {
  readonly #queue: WorkerQueue

  constructor(queue: WorkerQueue) {
    this.#queue = queue
  }

  async get(store: string, owner: string, key: string): Promise<Json | undefined> {
    checkName(store, owner, key)
    const text = await this.#queue.read<string | undefined>(['get', store, owner, key])
    return text === undefined ? undefined : decodeValue(text)
  }

  async list(store: string, owner: string): Promise<Map<string, Json>> {
    checkName(store, owner)
    const rows = await this.#queue.read<(readonly [string, string])[]>(['list', store, owner])
    return new Map(rows.map(([key, text]) => [key, decodeValue(text)]))
  }

  async owners(store: string, page: { after?: string; max?: number } = {}): Promise<string[]> {
    checkName(store, page.after ?? '')
    return this.#queue.read(['owners', store, page.after ?? '', pageSize(page.max)])
  }

  async archiveOwners(archive: string, page: { after?: string; max?: number } = {}): Promise<string[]> {
    checkName(archive, page.after ?? '')
    return this.#queue.read(['archiveOwners', archive, page.after ?? '', pageSize(page.max)])
  }

  commit(writes: readonly Write[]): Promise<void> {
    return this.#queue.commit((words) => encodeCommit(writes, words))
  }

  async readArchive(archive: string, owner: string, query: ArchiveQuery): Promise<ArchivePage> {
    checkName(archive, owner)
    checkQuery(query)
    const { start, end, ids, search, max } = query
    const conditions = { ...rangeOfIds(query.after, query.before), start, end, with: query.with, ids, search, max }
    const request = { ...conditions, reverse: query.reverse === true, count: query.count === true }
    const { rows, complete, count } = await this.#queue.read<PageRows>(['page', archive, owner, request])
    const entries = rows.map(toEntry)
    return count === undefined ? { entries, complete } : { entries, complete, count }
  }

  async countArchive(archive: string, owner: string): Promise<number> {
    checkName(archive, owner)
    return this.#queue.read(['count', archive, owner])
  }

  backup(destination: string): Promise<void> {
    return this.#queue.backup(destination)
  }

  purge(): Promise<void> {
    return this.#queue.read(['purge'])
  }

  close(): Promise<void> {
    return this.#queue.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function toEntry([id, at, peer, text]: EntryRow): ArchiveEntry {
  const value = decodeValue(text)
  return peer === null ? { id, at, value } : { id, at, with: peer, value }
}
