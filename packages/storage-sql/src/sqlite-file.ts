import type { DatabaseSync } from 'node:sqlite'
import { ArchiveNumbers } from './archive-numbers.ts'
import { CommitGroup } from './commit-group.ts'
import { InstanceLock } from './instance-lock.ts'
import type { Batch, Failure, ReadReply, ReadRequest, Reply, WorkerOptions } from './messages.ts'
import { Medium } from './medium.ts'
import { openDatabase } from './open-database.ts'
import { Parties } from './parties.ts'
import { Prepared } from './prepared.ts'
import { purge } from './purge.ts'
import { read } from './read.ts'
import { toStorageError } from './sqlite-error.ts'
import { TextIndex } from './text-index.ts'
import { Texts } from './texts.ts'
import type { Target } from './write.ts'

/** An open database file, synchronous; the worker's side of the storage. */
export class SqliteFile {
  readonly #file: string
  readonly #lock: InstanceLock | undefined
  readonly #db: DatabaseSync
  readonly #target: Target
  readonly #group: CommitGroup
  readonly #medium: Medium
  readonly #index: TextIndex

  constructor(options: WorkerOptions) {
    this.#file = options.file
    this.#lock = options.file === ':memory:' ? undefined : new InstanceLock(options.file)
    try {
      this.#db = openDatabase(options)
      const prepared = new Prepared(this.#db, options.sql.statements)
      const parties = new Parties(this.#db, prepared)
      this.#target = { prepared, archives: new ArchiveNumbers(prepared), texts: new Texts(prepared), parties }
      this.#index = new TextIndex(this.#db, prepared)
    } catch (error) {
      this.#lock?.release()
      throw error
    }
    this.#medium = new Medium(this.#db)
    this.#group = new CommitGroup(this.#db, this.#target, options.file, this.#medium)
  }

  /** Applies the commits of a batch, then answers its reads. */
  answer(batch: Batch): Reply {
    const failures = batch.operations.length === 0 ? [] : [...this.#group.apply(batch.operations)]
    return {
      failures: failures.map(([index, error]) => [index, toFailure(error)] as const),
      reads: batch.reads.map((request) => this.#read(request)),
    }
  }

  /** Does a part of what can wait until nobody does; whether there is more of it. */
  tidy(): boolean {
    const { parties } = this.#target
    try {
      const behind = parties.isBehind ? parties : this.#index.isBehind ? this.#index : undefined
      behind?.step()
      return behind !== undefined
    } catch (error) {
      // Who commits or searches is told what is wrong. It is tried again after the next request.
      this.#medium.failed(error)
      return false
    }
  }

  close(): void {
    this.#db.close()
    this.#lock?.release()
  }

  #read(request: ReadRequest): ReadReply {
    try {
      // A search finds all that is stored; a purge leaves nothing of what was removed.
      if ((request[0] === 'page' && request[3].search !== undefined) || request[0] === 'purge') this.#index.catchUp()
      return { found: request[0] === 'purge' ? purge(this.#db, this.#file) : read(this.#target, request) }
    } catch (error) {
      return { failure: toFailure(toStorageError(error, this.#file)) }
    }
  }
}

function toFailure({ code, message }: Failure): Failure {
  return { code, message }
}
