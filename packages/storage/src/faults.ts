import type { Json } from './json.ts'
import type { ArchivePage, ArchiveQuery, Storage, Write } from './storage.ts'
import { StorageError } from './storage-error.ts'

/** What a call does to the storage. */
export type Operation = 'read' | 'commit'

/**
 * A storage that misbehaves as a test tells it to: slow, failing, full, or losing answers. Everything else goes to the
 * storage it wraps.
 *
 * @example
 * const storage = new FaultyStorage(createMemoryStorage())
 * storage.hold()                                  // slow: nothing completes
 * const committed = storage.commit([])
 * storage.release()
 * storage.fail('full', 'commit')                  // until heal(): commits reject, reads work
 */
export class FaultyStorage implements Storage {
  /** How many commits and reads were asked for, those that failed included. */
  readonly calls: Record<Operation, number> = { read: 0, commit: 0 }
  readonly #inner: Storage
  readonly #failures = new Map<Operation, Failing>()
  #held: (() => void)[] | undefined
  #loseAnswers = false

  constructor(inner: Storage) {
    this.#inner = inner
  }

  /** Slow: operations called from now on wait, in their order, for `release`. */
  hold(): void {
    this.#held ??= []
  }

  /** Lets the first `count` operations that wait go on; all of them, and those that follow, if no count is given. */
  release(count?: number): void {
    const held = this.#held ?? []
    for (const go of held.splice(0, count ?? held.length)) go()
    if (count === undefined) this.#held = undefined
  }

  /** How many operations wait for `release`. */
  get waiting(): number {
    return this.#held?.length ?? 0
  }

  /** Fails the next `times` operations of a kind (both if none is given) before they reach the storage; without `times`, until `heal`. */
  fail(code: StorageError['code'], operation?: Operation, times = Number.POSITIVE_INFINITY): void {
    for (const kind of operation === undefined ? (['read', 'commit'] as const) : [operation]) {
      this.#failures.set(kind, { code, times })
    }
  }

  /** Commits are applied, but reject with `unavailable`, as when the medium or its worker dies before it answers; until `heal`. */
  loseAnswers(): void {
    this.#loseAnswers = true
  }

  /** Works again; those that wait go on. */
  heal(): void {
    this.#failures.clear()
    this.#loseAnswers = false
    this.release()
  }

  get(store: string, owner: string, key: string): Promise<Json | undefined> {
    return this.#through('read', () => this.#inner.get(store, owner, key))
  }

  list(store: string, owner: string): Promise<Map<string, Json>> {
    return this.#through('read', () => this.#inner.list(store, owner))
  }

  owners(store: string, page?: { after?: string; max?: number }): Promise<string[]> {
    return this.#through('read', () => this.#inner.owners(store, page))
  }

  archiveOwners(archive: string, page?: { after?: string; max?: number }): Promise<string[]> {
    return this.#through('read', () => this.#inner.archiveOwners(archive, page))
  }

  async commit(writes: readonly Write[]): Promise<void> {
    const copy = structuredClone(writes)
    return this.#through('commit', async () => {
      await this.#inner.commit(copy)
      if (this.#loseAnswers) throw new StorageError('unavailable', 'the answer was lost (by a test)')
    })
  }

  readArchive(archive: string, owner: string, query: ArchiveQuery): Promise<ArchivePage> {
    return this.#through('read', () => this.#inner.readArchive(archive, owner, query))
  }

  countArchive(archive: string, owner: string): Promise<number> {
    return this.#through('read', () => this.#inner.countArchive(archive, owner))
  }

  close(): Promise<void> {
    return this.#through(undefined, () => this.#inner.close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #through<T>(operation: Operation | undefined, run: () => Promise<T>): Promise<T> {
    if (operation !== undefined) this.calls[operation]++
    const attempt = () => {
      const failure = operation === undefined ? undefined : this.#failure(operation)
      return failure === undefined ? run() : Promise.reject(failure)
    }
    const held = this.#held
    if (held === undefined) return attempt()
    return new Promise((resolve) => held.push(() => resolve(attempt())))
  }

  #failure(operation: Operation): StorageError | undefined {
    const failing = this.#failures.get(operation)
    if (failing === undefined || failing.times <= 0) return undefined
    failing.times--
    return new StorageError(failing.code, `this ${operation} fails (by a test)`)
  }
}

interface Failing {
  readonly code: StorageError['code']
  times: number
}

declare function structuredClone<T>(value: T): T
