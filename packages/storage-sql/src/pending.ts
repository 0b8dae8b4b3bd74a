import type { StorageError } from '@parlour/storage'
import type { ReadRequest, Word } from './messages.ts'

/** One waiting caller. */
export interface Waiting<T> {
  resolve(value: T): void
  reject(error: StorageError): void
}

/** Operations that go to the worker together, and who waits for them. */
export class PendingBatch {
  readonly operations: Word[] = []
  readonly reads: ReadRequest[] = []
  readonly commitCallers: Waiting<void>[] = []
  readonly readCallers: Waiting<unknown>[] = []
  /** UTF-16 units of all texts. */
  length = 0

  get size(): number {
    return this.commitCallers.length + this.readCallers.length
  }

  rejectAll(error: StorageError): void {
    for (const caller of this.commitCallers) caller.reject(error)
    for (const caller of this.readCallers) caller.reject(error)
  }
}
