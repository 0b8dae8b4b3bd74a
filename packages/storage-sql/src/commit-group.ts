import type { DatabaseSync } from 'node:sqlite'
import type { StorageError } from '@parlour/storage'
import type { Medium } from './medium.ts'
import { Operation, type Word } from './messages.ts'
import { concernsAll, isRefusal, toStorageError } from './sqlite-error.ts'
import { applyOperation, isSingleStatement, operationLength, type Target } from './write.ts'

/** The failed commits of a group, by index. */
export type Failures = Map<number, StorageError>

/** Milliseconds for which the commits of a group that failed are tried one by one; the rest fails as the group did. */
const PATIENCE = 500

/** Applies commits, as many as come together in one transaction and so with one fsync. */
export class CommitGroup {
  readonly #db: DatabaseSync
  readonly #target: Target
  readonly #file: string
  readonly #medium: Medium

  constructor(db: DatabaseSync, target: Target, file: string, medium: Medium) {
    this.#db = db
    this.#medium = medium
    this.#target = target
    this.#file = file
  }

  /** Applies all commits of a list of operations; returns those that failed when the others are durable. */
  apply(operations: readonly Word[]): Failures {
    const commits = splitCommits(operations)
    try {
      return this.#together(operations, commits)
    } catch (error) {
      this.#rollBack()
      this.#medium.failed(error)
      const failure = toStorageError(error, this.#file)
      if (commits.length > 1 && !concernsAll(error)) return this.#oneByOne(operations, commits, failure)
      return new Map(commits.map((_, index) => [index, failure]))
    }
  }

  #together(operations: readonly Word[], commits: readonly Commit[]): Failures {
    const failures: Failures = new Map()
    this.#medium.settle()
    this.#db.exec('begin immediate')
    for (const [index, commit] of commits.entries()) {
      const failure = this.#commit(operations, commit)
      if (failure !== undefined) failures.set(index, failure)
    }
    this.#db.exec('commit')
    return failures
  }

  /** The group failed as a whole (a full disk): each commit for itself, so that those that can still go through do. */
  #oneByOne(operations: readonly Word[], commits: readonly Commit[], reason: StorageError): Failures {
    const failures: Failures = new Map()
    const end = performance.now() + PATIENCE
    for (const [index, commit] of commits.entries()) {
      const isTried = performance.now() < end
      const failure = isTried ? this.apply(operations.slice(commit.from, commit.to + 1)).get(0) : reason
      if (failure !== undefined) failures.set(index, failure)
    }
    return failures
  }

  /** Applies one commit within the transaction; throws if the transaction cannot go on. */
  #commit(operations: readonly Word[], commit: Commit): StorageError | undefined {
    // A single statement is atomic by itself.
    const nested = commit.writes > 1
    if (nested) this.#db.exec('savepoint one')
    try {
      for (let at = commit.from; at < commit.to; at += operationLength(operations, at)) {
        applyOperation(this.#target, operations, at)
      }
    } catch (error) {
      if (!isRefusal(error) || !this.#db.isTransaction) throw error
      if (nested) this.#db.exec('rollback to one; release one')
      this.#forget()
      return toStorageError(error, this.#file)
    }
    if (nested) this.#db.exec('release one')
    return undefined
  }

  /** What is remembered of the database may be of what was rolled back. */
  #forget(): void {
    this.#target.archives.forget()
    this.#target.parties.forget()
  }

  #rollBack(): void {
    this.#forget()
    // SQLite has rolled back by itself after some errors (a full disk, a failed medium).
    if (this.#db.isTransaction) this.#db.exec('rollback')
  }
}

interface Commit {
  readonly from: number
  /** Where its `commit` stands. */
  readonly to: number
  /** Statements that it may need. */
  readonly writes: number
}

function splitCommits(operations: readonly Word[]): Commit[] {
  const commits: Commit[] = []
  let from = 0
  let writes = 0
  for (let at = 0; at < operations.length; ) {
    if (operations[at] !== Operation.commit) {
      writes += isSingleStatement(operations, at) ? 1 : 2
      at += operationLength(operations, at)
      continue
    }
    commits.push({ from, to: at, writes })
    at += 1
    from = at
    writes = 0
  }
  return commits
}
