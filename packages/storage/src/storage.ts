import type { Json } from './json.ts'

/**
 * Durable storage of records and archives.
 *
 * A **record** is a JSON value under (store, owner, key). An **archive** is a list of entries under (archive, owner),
 * ordered by id. `owner` is a bare JID or a domain, as a string, not empty; the storage compares names byte by byte.
 *
 * - **Atomicity**: a `commit` applies entirely or not at all, also if the process or the machine dies in it.
 * - **Order**: commits are applied in the order of the calls, each whole before the next.
 * - **Durability**: `commit` resolves only after the medium has it (fsync). A storage may share one fsync among commits.
 * - **Visibility**: a read issued after a call of `commit` sees that commit, unless it fails; a read never shows
 *   anything that is not durable.
 * - **Failure**: every method rejects with `StorageError`, and none throws synchronously. A rejected commit changed
 *   nothing, except that `unavailable` leaves it unknown. Later commits are independent of a failed one: where one
 *   relies on another, put both into one commit, or use `expect`.
 * - Values are copied: neither changing a value after a call nor changing a result affects what is stored.
 */
export interface Storage extends AsyncDisposable {
  /** The record's value, or undefined when there is none. */
  get(store: string, owner: string, key: string): Promise<Json | undefined>
  /** All records of one owner in a store, by key, ordered by key. One consistent view. */
  list(store: string, owner: string): Promise<Map<string, Json>>
  /** Owners with at least one record in the store, ordered, at most `max` (default and bound `MAX_PAGE`), from the one following `after`. */
  owners(store: string, page?: { after?: string; max?: number }): Promise<string[]>
  /** Owners with at least one entry in the archive, as `owners` does for records. */
  archiveOwners(archive: string, page?: { after?: string; max?: number }): Promise<string[]>
  /** Applies all writes in their order, or none; resolves when they are durable. An empty list resolves after all commits before it. */
  commit(writes: readonly Write[]): Promise<void>
  /** One page of an archive. Its cost depends on the page's size, not on how deep in the archive it lies. */
  readArchive(archive: string, owner: string, query: ArchiveQuery): Promise<ArchivePage>
  /** How many entries an archive has. */
  countArchive(archive: string, owner: string): Promise<number>
  /** Lets everything under way finish, then closes; operations that follow reject with `unavailable`. May be called again. */
  close(): Promise<void>
}

/** Which page of an archive; all conditions hold together. */
export interface ArchiveQuery {
  /** Only entries whose id is greater than this one (which need not exist). */
  after?: string | undefined
  /** Only entries whose id is less than this one (which need not exist). */
  before?: string | undefined
  /** At most so many entries: 0 to `MAX_PAGE`. */
  max: number
  /** Walk from the newest entry to the oldest: the entries come newest first. */
  reverse?: boolean | undefined
  /** Only entries at this time or later (milliseconds). */
  start?: number | undefined
  /** Only entries at this time or earlier (milliseconds). */
  end?: number | undefined
  /** Only entries appended with the same `with`. */
  with?: string | undefined
  /** Only entries with these ids, at most `MAX_PAGE`. */
  ids?: readonly string[] | undefined
  /**
   * Only entries in whose `text` each of these words stands, or begins a word; in any order, whatever their case and
   * diacritics (as {@link searchWords} has them). Without a word nothing matches. Costs by what the words match, not by
   * the size of the archive; of very many matches a storage may count and look through only the first in order.
   */
  search?: string | undefined
  /** Also count everything that `start`, `end`, `with` and `ids` select, whatever the page: costs a scan of those. */
  count?: boolean | undefined
}

/** An entry of an archive. */
export interface ArchiveEntry {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly with?: string
  readonly value: Json
}

/** What `readArchive` found. */
export interface ArchivePage {
  /** In order of id, or in the reverse order if the query said so. */
  readonly entries: readonly ArchiveEntry[]
  /** True when nothing that the query selects follows the last of `entries`. */
  readonly complete: boolean
  /** Present if the query asked for it. */
  readonly count?: number
}

/** One change of a commit. */
export type Write = Put | Delete | Clear | Append | Replace | Remove | Expect

/** Sets a record. */
export interface Put {
  type: 'put'
  store: string
  owner: string
  key: string
  value: Json
}

/** Removes a record, if there is one. */
export interface Delete {
  type: 'delete'
  store: string
  owner: string
  key: string
}

/** Removes all records of an owner in a store. */
export interface Clear {
  type: 'clear'
  store: string
  owner: string
}

/**
 * Adds an entry to an archive. `id`: 1 to 128 visible ASCII characters, unique in this archive of this owner
 * (`conflict` otherwise), and time-ordered: of two entries the one with the greater id must not have the smaller `at`,
 * or else queries by time may miss it. Entries may be appended in any order.
 */
export interface Append {
  type: 'append'
  archive: string
  owner: string
  id: string
  /** Milliseconds since 1970. */
  at: number
  /** What `ArchiveQuery.with` selects by: the bare JID of the other party. */
  with?: string | undefined
  value: Json
  /** What `ArchiveQuery.search` finds it by; without it, it is not found by words. Nothing reads it back. */
  text?: string | undefined
}

/** Changes the value and the `text` of an entry and nothing else of it, if it exists (a retraction leaves a tombstone). */
export interface Replace {
  type: 'replace'
  archive: string
  owner: string
  id: string
  value: Json
  /** In place of the former one; without it, the entry is not found by words any more. */
  text?: string | undefined
}

/** Removes entries of an archive: those with `ids`, those at a time less than `before`, those up to and including id `through`, or `all`. */
export type Remove = { type: 'remove'; archive: string; owner: string } & (
  | { ids: readonly string[] }
  | { before: number }
  | { through: string }
  | { all: true }
)

/** A precondition: the record has this value (undefined: there is none) at this place of the commit; else the commit rejects with `conflict`. */
export interface Expect {
  type: 'expect'
  store: string
  owner: string
  key: string
  value: Json | undefined
}
