import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './in-transaction.ts'
import { JUST_ABOVE } from './page-range.ts'
import type { Prepared } from './prepared.ts'
import { toStorageError } from './sqlite-error.ts'

/** Entries at the end of an archive that are looked through rather than indexed. */
const MAX_TAIL = 500
/** Entries that are indexed in one transaction. */
const STEP = 5000
const MAX_CACHED = 50_000

/**
 * The index of who entries were exchanged with. It is complete up to an id for each archive; what follows, the tail, is
 * indexed when it is long and somebody asks, or when there is time: appending writes to one place less.
 */
export class Parties {
  readonly #db: DatabaseSync
  readonly #prepared: Prepared
  readonly #maxTail: number
  readonly #through = new Map<number, string>()
  /** How many entries were appended to the tail of an archive, as far as it is known. */
  readonly #appended = new Map<number, number>()

  constructor(db: DatabaseSync, prepared: Prepared, maxTail = MAX_TAIL) {
    this.#db = db
    this.#prepared = prepared
    this.#maxTail = maxTail
  }

  /** An entry was added; in the tail it waits to be indexed. */
  add(archive: number, id: string, party: string | null): void {
    if (party === null) return
    if (id <= this.#throughOf(archive)) this.#prepared.run('addParty', archive, party, id)
    else this.#appended.set(archive, (this.#appended.get(archive) ?? 0) + 1)
    if (this.#appended.size > MAX_CACHED) this.#appended.clear()
  }

  /** An entry was removed. */
  remove(archive: number, id: string, party: string): void {
    if (id <= this.#throughOf(archive)) this.#prepared.run('removeParty', archive, party, id)
  }

  /** Before all entries below an id are removed. */
  removeBelow(archive: number, id: string): void {
    if (this.#throughOf(archive) === '') return
    for (const row of this.#prepared.rows('partiesBelow', archive, id))
      this.#prepared.run('removeParty', archive, ...(row as [string, string]))
  }

  /** Before an archive is removed. */
  removeAll(archive: number): void {
    this.#prepared.run('removeParties', archive)
    this.#appended.delete(archive)
    this.#through.delete(archive)
  }

  /** After a rollback. */
  forget(): void {
    this.#through.clear()
  }

  /** Where the tail of an archive begins: a long one is indexed first, if there is room. */
  tailOf(archive: number): string {
    const from = this.#throughOf(archive) + JUST_ABOVE
    if (this.#prepared.row('entryBeyond', archive, from, this.#maxTail) !== undefined) this.#indexTail(archive)
    return this.#throughOf(archive) + JUST_ABOVE
  }

  /** Whether there are long tails. */
  get isBehind(): boolean {
    return this.#longTail() !== undefined
  }

  /** Indexes a long tail, or a part of it. */
  step(): void {
    const archive = this.#longTail()
    if (archive !== undefined) this.#index(archive)
  }

  #longTail(): number | undefined {
    for (const [archive, count] of this.#appended) if (count > this.#maxTail) return archive
    return undefined
  }

  #indexTail(archive: number): void {
    const isWithin = this.#db.isTransaction
    try {
      while (this.#index(archive)) {}
    } catch (error) {
      // Who reads asks for nothing that needs room: the tail is looked through, however long it is.
      if (toStorageError(error, '').code !== 'full' || this.#db.isTransaction !== isWithin) throw error
    }
  }

  /** One step; whether there is more. */
  #index(archive: number): boolean {
    const from = this.#throughOf(archive) + JUST_ABOVE
    const beyond = this.#prepared.row('entryBeyond', archive, from, STEP - 1)?.[0] as string | undefined
    const to = beyond ?? (this.#prepared.row('lastEntry', archive)?.[0] as string | undefined)
    this.#appended.delete(archive)
    if (to === undefined || to < from) return false
    inTransaction(this.#db, () => {
      this.#prepared.run('indexParties', archive, from, to)
      this.#prepared.run('setPartiesThrough', to, archive)
    })
    this.#through.set(archive, to)
    if (beyond !== undefined) this.#appended.set(archive, this.#maxTail + 1)
    return beyond !== undefined
  }

  #throughOf(archive: number): string {
    const known = this.#through.get(archive)
    if (known !== undefined) return known
    if (this.#through.size >= MAX_CACHED) this.#through.clear()
    const found = (this.#prepared.row('partiesThrough', archive)?.[0] as string | undefined) ?? ''
    this.#through.set(archive, found)
    return found
  }
}
