import type { Word } from './messages.ts'

/** An entry that waits: in which list of operations it is, and at which place of it. */
export interface DeferredEntry {
  readonly id: string
  readonly words: readonly Word[]
  readonly at: number
  /** How many flushes it has waited for. */
  readonly age: number
}

/** What waits for one archive. */
export class DeferredArchive {
  readonly archive: string
  readonly owner: string
  /** New entries in order of id; each is greater than all that the table has or had. */
  appended: DeferredEntry[] = []
  /** Ids of entries that the table may have. */
  readonly removed = new Set<string>()
  /** The greatest id that it has or had; what is greater is new. */
  greatest: string
  /** Whether something was removed before it had reached the table: what is left is soon removed as well. */
  isQueue = false

  constructor(archive: string, owner: string, greatest: string) {
    this.archive = archive
    this.owner = owner
    this.greatest = greatest
  }

  append(entry: DeferredEntry): void {
    this.appended.push(entry)
    if (entry.id > this.greatest) this.greatest = entry.id
  }

  remove(id: string): void {
    const place = this.placeOf(id)
    if (this.appended[place]?.id !== id) {
      this.removed.add(id)
      return
    }
    this.appended.splice(place, 1)
    this.isQueue = true
  }

  /** How many of what is appended have a lesser id. */
  placeOf(id: string): number {
    let [low, high] = [0, this.appended.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.appended[middle] as DeferredEntry).id < id) low = middle + 1
      else high = middle
    }
    return low
  }
}
