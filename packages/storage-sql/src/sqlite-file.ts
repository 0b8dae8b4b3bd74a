import type { DatabaseSync } from 'node:sqlite'
import type { StorageError } from '@parlour/storage'
import { ArchiveNumbers } from './archive-numbers.ts'
import { CommitGroup, type Failures } from './commit-group.ts'
import { deferredPage, isTold } from './deferred-page.ts'
import { InstanceLock } from './instance-lock.ts'
import { Journal } from './journal.ts'
import { Medium } from './medium.ts'
import {
  type Batch,
  type Failure,
  Operation,
  type PageRequest,
  type PageRows,
  type ReadReply,
  type ReadRequest,
  type Reply,
  type Word,
  type WorkerOptions,
} from './messages.ts'
import { openDatabase } from './open-database.ts'
import { unpackOperations } from './operations-text.ts'
import { Parties } from './parties.ts'
import { Prepared } from './prepared.ts'
import { purge } from './purge.ts'
import { read } from './read.ts'
import { toStorageError } from './sqlite-error.ts'
import { TextIndex } from './text-index.ts'
import { Texts } from './texts.ts'
import { operationLength, type Target } from './write.ts'

/** An open database file, synchronous; the worker's side of the storage. */
export class SqliteFile {
  readonly #file: string
  readonly #lock: InstanceLock | undefined
  readonly #db: DatabaseSync
  readonly #target: Target
  readonly #group: CommitGroup
  readonly #medium: Medium
  readonly #journal: Journal
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
      this.#journal = new Journal(this.#db, this.#target, options.maxPages)
    } catch (error) {
      this.#lock?.release()
      throw error
    }
    this.#medium = new Medium(this.#db)
    this.#group = new CommitGroup(this.#db, this.#target, options.file, this.#medium)
  }

  /** Applies the commits of a batch, then answers its reads. */
  answer(batch: Batch): Reply {
    const failures = batch.operations === '' ? [] : [...this.#commit(batch.operations)]
    return {
      failures: failures.map(([index, error]) => [index, toFailure(error)] as const),
      reads: batch.reads.map((request) => this.#read(request)),
    }
  }

  /** Between two batches: what waits to be written to its tables is, when it is much. */
  settle(): void {
    if (this.#journal.isMuch) this.#flush(() => this.#journal.flushMost())
  }

  /** Does a part of what can wait until nobody does; whether there is more of it. */
  tidy(): boolean {
    if (!this.#journal.isEmpty) return this.#flush() === undefined
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
    // What cannot be flushed is there at the next start.
    this.#flush()
    this.#db.close()
    this.#lock?.release()
  }

  #commit(text: string): Failures {
    const words = unpackOperations(text)
    if (this.#take(text, words)) return new Map()
    const failure = this.#flush()
    if (failure !== undefined) return new Map(countCommits(words).map((_, index) => [index, failure]))
    const failures = this.#group.apply(words)
    this.#journal.forget()
    return failures
  }

  /** What the journal has no room for may have it once it is empty; what else is wrong is told then. */
  #take(text: string, words: readonly Word[]): boolean {
    try {
      this.#medium.settle()
      return this.#journal.take(text, words)
    } catch (error) {
      this.#medium.failed(error)
      return false
    }
  }

  #flush(flush = () => this.#journal.flush()): StorageError | undefined {
    try {
      flush()
      return undefined
    } catch (error) {
      this.#medium.failed(error)
      return toStorageError(error, this.#file)
    }
  }

  #read(request: ReadRequest): ReadReply {
    if (!this.#journal.concerns(request)) return this.#readTables(request)
    const failure = this.#flush()
    if (failure === undefined) return this.#readTables(request)
    if (failure.code !== 'full' || request[0] === 'purge') return { failure: toFailure(failure) }
    return this.#readAside(request)
  }

  /** The disk is full: what is durable can be read nevertheless. */
  #readAside(request: ReadRequest): ReadReply {
    try {
      return this.#journal.aside(() => this.#readTables(request))
    } catch (error) {
      return { failure: toFailure(toStorageError(error, this.#file)) }
    }
  }

  #readTables(request: ReadRequest): ReadReply {
    try {
      if (request[0] === 'get') {
        const waiting = this.#journal.valueOf(request[1], request[2], request[3])
        if (waiting !== undefined) return { found: waiting ?? undefined }
      }
      // A search finds all that is stored; a purge leaves nothing of what was removed.
      if ((request[0] === 'page' && request[3].search !== undefined) || request[0] === 'purge') this.#index.catchUp()
      return { found: request[0] === 'purge' ? purge(this.#db, this.#file) : this.#find(request) }
    } catch (error) {
      return { failure: toFailure(toStorageError(error, this.#file)) }
    }
  }

  #find(request: Exclude<ReadRequest, readonly ['purge']>): unknown {
    if (request[0] !== 'page') return read(this.#target, request)
    const [, archive, owner, conditions] = request
    const waiting = this.#journal.waitingFor(archive, owner)
    const readTable = (page: PageRequest) => read(this.#target, ['page', archive, owner, page]) as PageRows
    return waiting && isTold(conditions, waiting) ? deferredPage(waiting, conditions, readTable) : readTable(conditions)
  }
}

function countCommits(words: readonly Word[]): Word[] {
  const commits: Word[] = []
  for (let at = 0; at < words.length; at += operationLength(words, at))
    if (words[at] === Operation.commit) commits.push(at)
  return commits
}

function toFailure({ code, message }: Failure): Failure {
  return { code, message }
}
