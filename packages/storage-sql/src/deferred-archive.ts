import type { Word } from './messages.ts'

/** Where an operation is: in which list, and at which place of it. */
export interface DeferredOperation {
  readonly words: readonly Word[]
  readonly at: number
}

/** What waits for one archive. */
export interface DeferredArchive {
  readonly archive: Word
  readonly owner: Word
  /** New entries by id; each is greater than all that the table has or had. */
  readonly appended: Map<string, DeferredOperation>
  /** Ids of entries that the table may have. */
  readonly removed: Set<string>
}
