/**
 * Why a storage refused:
 * - `conflict`: an `expect` did not hold, or an appended id exists already. Nothing of the commit was applied.
 * - `full`: no room on the disk. Nothing of the commit was applied; the next one may succeed, with no restart.
 * - `busy`: more operations are queued than the storage holds. Nothing was applied; try later.
 * - `unavailable`: closed, or the medium failed. A commit under way at that moment may or may not have been applied.
 * - `locked`: another process has the same storage open.
 * - `corrupt`: what is stored cannot be read.
 * - `newer-schema`: a newer version of the software wrote what is stored.
 * - `invalid`: the caller's mistake: a name, id, value or page outside its bounds. Nothing was applied.
 */
export type StorageErrorCode =
  | 'conflict'
  | 'full'
  | 'busy'
  | 'unavailable'
  | 'locked'
  | 'corrupt'
  | 'newer-schema'
  | 'invalid'

/** The one error that a `Storage` rejects with. */
export class StorageError extends Error {
  readonly code: StorageErrorCode

  constructor(code: StorageErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StorageError'
    this.code = code
  }
}
