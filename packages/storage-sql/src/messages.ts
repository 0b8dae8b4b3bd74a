import type { StorageErrorCode } from '@parlour/storage'
import type { Sql } from './compile.ts'

/** What may stand in a batch's flat list of operations. */
export type Word = string | number | null

/**
 * The operations of a batch are one flat list of words, which clones faster than objects: a code, then its arguments.
 * `commit` ends a commit.
 */
export const Operation = {
  /** store, owner, key, value */
  put: 1,
  /** store, owner, key */
  delete: 2,
  /** store, owner */
  clear: 3,
  /** store, owner, key, value or null */
  expect: 4,
  /** archive, owner, id, at, with or null, value, text or null */
  append: 5,
  /** archive, owner, id, value, text or null */
  replace: 6,
  /** archive, owner, id */
  remove: 7,
  /** archive, owner, time */
  removeBefore: 8,
  /** archive, owner, id */
  removeThrough: 9,
  /** archive, owner */
  removeAll: 10,
  /** no argument; ends a commit */
  commit: 11,
  /** As `append`, of a value that is a string, without NUL, and stands there as it is: its JSON text is made by the thread. */
  appendString: 12,
  /** archive, owner, ids with a space between each two */
  removeEach: 13,
} as const

/** A query of an archive: bounds of id (from included, to excluded) and of time (both included). */
export interface PageRequest {
  readonly from: string
  readonly to: string
  readonly start: number | undefined
  readonly end: number | undefined
  readonly with: string | undefined
  readonly ids: readonly string[] | undefined
  readonly search: string | undefined
  readonly max: number
  readonly reverse: boolean
  readonly count: boolean
}

/** A read: what, then its arguments. */
export type ReadRequest =
  | readonly ['get', store: string, owner: string, key: string]
  | readonly ['list', store: string, owner: string]
  | readonly ['owners', store: string, after: string, max: number]
  | readonly ['archiveOwners', archive: string, after: string, max: number]
  | readonly ['page', archive: string, owner: string, request: PageRequest]
  | readonly ['count', archive: string, owner: string]
  | readonly ['purge']

/** An entry as it is read: id, at, with, JSON text. */
export type EntryRow = readonly [id: string, at: number, peer: string | null, value: string]

/** The rows of a page and, if asked, the count. */
export interface PageRows {
  readonly rows: EntryRow[]
  readonly complete: boolean
  readonly count: number | undefined
}

/** What crosses the thread boundary in place of a `StorageError`. */
export interface Failure {
  readonly code: StorageErrorCode
  readonly message: string
}

/** To the worker: commits, then reads. */
export interface Batch {
  /** By `packOperations`: crosses to the thread, and goes to the journal, as it is; empty: none. */
  readonly operations: string
  readonly reads: readonly ReadRequest[]
}

/** To the worker. */
export type Request = Batch | { readonly close: true }

/** What became of a read. */
export type ReadReply = { readonly found: unknown } | { readonly failure: Failure }

/** From the worker: what became of one request; requests are answered in their order. `failures` is by the index of the commit. */
export type Reply =
  | { readonly ready: true }
  | { readonly failures: readonly (readonly [index: number, failure: Failure])[]; readonly reads: readonly ReadReply[] }
  /** A backup is done. */
  | { readonly done: true }
  | { readonly failure: Failure }

/** What the worker is started with. */
export interface WorkerOptions {
  readonly file: string
  /** Compiled by the thread that starts the worker, so that each worker need not load the compiler. */
  readonly sql: Sql
  /** Milliseconds to wait for a lock that another process holds for a moment. */
  readonly busyTimeout: number
  /** A bound on the size of the database, in pages of 4096 bytes; undefined: none. */
  readonly maxPages: number | undefined
}
