import type { DatabaseSync } from 'node:sqlite'
import type { DeferredArchive } from './deferred-archive.ts'
import { DeferredWrites, type Young } from './deferred-writes.ts'
import { Operation, type ReadRequest, type Word } from './messages.ts'
import { packOperations, unpackOperations } from './operations-text.ts'
import type { Target } from './write.ts'

/** Pages by which a bounded database may grow while what is in the journal moves to its tables. */
const SPARE_PAGES = 1024

/**
 * Commits are made durable as they come, by one row and one sync for a whole batch; a good many go to their tables at
 * once, where each page is then written for many rows.
 */
export class Journal {
  readonly #db: DatabaseSync
  readonly #target: Target
  readonly #writes: DeferredWrites
  readonly #maxPages: number | undefined
  #rows = 0
  #isStuck = false

  /** Applies what an earlier process has left. */
  constructor(db: DatabaseSync, target: Target, maxPages?: number) {
    this.#db = db
    this.#target = target
    this.#maxPages = maxPages
    this.#writes = new DeferredWrites(target)
    for (const [text] of target.prepared.rows('readJournal') as [string][]) this.#took(text, unpackOperations(text))
    this.flush()
  }

  /** Whether it is time to flush. */
  get isMuch(): boolean {
    return this.#writes.isMuch
  }

  get isEmpty(): boolean {
    return this.#rows === 0
  }

  /** Makes operations durable, all or none; false: they cannot wait, or there is no room. @param text of the operations */
  take(text: string, words: readonly Word[]): boolean {
    if (this.#isStuck || this.#writes.isMuch || !this.#writes.admits(words)) return false
    if (words.every((word) => word === Operation.commit)) return true
    this.#target.prepared.run('addToJournal', text)
    this.#took(text, words)
    return true
  }

  /** The JSON text of a record, if it waits; null: it is removed. */
  valueOf(store: string, owner: string, key: string): string | null | undefined {
    return this.#writes.valueOf(store, owner, key)
  }

  /** What waits for an archive. */
  waitingFor(archive: string, owner: string): DeferredArchive | undefined {
    return this.#writes.waitingFor(archive, owner)
  }

  /** Whether a read has to wait for a flush. */
  concerns(request: ReadRequest): boolean {
    return this.#writes.concerns(request)
  }

  /** Writes all to the tables. No sync: until the next one a crash finds it in the journal. */
  flush(): void {
    if (!this.isEmpty) this.#flush([])
  }

  /** As {@link flush}, but what is likely to be removed soon stays in the journal. */
  flushMost(): void {
    if (!this.isEmpty) this.#flush(this.#writes.takeYoung())
  }

  #flush(young: readonly Young[]): void {
    this.#isStuck = true
    const kept = young.map(({ words, age }) => ({ words, age, text: packOperations(words.slice()) }))
    try {
      this.#transaction(() => {
        for (const { text } of kept) this.#target.prepared.run('addToJournal', text)
        this.#db.exec('commit')
      })
    } catch (error) {
      for (const { words, age } of young) this.#writes.add(words, 0, age)
      throw error
    }
    this.#isStuck = false
    this.#rows = kept.length
    this.#writes.clear()
    for (const { words, age, text } of kept) this.#writes.add(words, text.length, age + 1)
  }

  /** What reads find when all is in the tables, which it is not afterwards: for when a flush fails. */
  aside<T>(read: () => T): T {
    return this.#transaction(() => {
      const found = read()
      this.#rollBack()
      return found
    })
  }

  /** The tables were written to; only after a flush. */
  forget(): void {
    this.#writes.clear()
  }

  #transaction<T>(then: () => T): T {
    this.#setUp('normal', this.#maxPages === undefined ? undefined : this.#maxPages + SPARE_PAGES)
    try {
      this.#db.exec('begin immediate')
      // First, so that its room is taken again.
      this.#target.prepared.run('emptyJournal')
      this.#writes.apply()
      return then()
    } catch (error) {
      this.#rollBack()
      throw error
    } finally {
      this.#setUp('full', this.#maxPages)
    }
  }

  #setUp(synchronous: 'normal' | 'full', maxPages: number | undefined): void {
    this.#db.exec(`pragma synchronous = ${synchronous}`)
    if (maxPages !== undefined) this.#db.exec(`pragma max_page_count = ${maxPages}`)
  }

  #rollBack(): void {
    this.#target.archives.forget()
    this.#target.parties.forget()
    if (this.#db.isTransaction) this.#db.exec('rollback')
  }

  #took(text: string, words: readonly Word[]): void {
    this.#rows++
    this.#writes.add(words, text.length)
  }
}
