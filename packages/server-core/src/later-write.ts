import type { Write } from '@parlour/storage'

/** A write that is made when all that its stanza leads to is known. */
export interface LaterWrite {
  /** `undefined`: it is not needed any more. */
  write(): Write | undefined
  /** What was written is durable, or was not stored. */
  settled(): void
}
