import { StorageError, type StorageErrorCode } from '@parlour/storage'

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) that mean something to a caller. */
const MEANINGS: Readonly<Record<number, readonly [code: StorageErrorCode, advice: string]>> = {
  5: ['locked', 'another process is writing to it: end that process, or let it finish'],
  6: ['locked', 'another connection is writing to it'],
  8: ['unavailable', 'it may not be written to: check the permissions of the file and of its folder'],
  10: ['unavailable', 'the medium failed: check the disk and the file system'],
  11: ['corrupt', 'it is damaged: restore a backup, or try `sqlite3 FILE .recover`'],
  13: ['full', 'there is no room left: free some, the next commit tries again'],
  14: ['unavailable', 'it cannot be opened: check that its folder exists and may be written to'],
  18: ['invalid', 'the value is too large'],
  26: ['corrupt', 'it is not an SQLite database, or damaged: restore a backup, or name another file'],
}

/** The `StorageError` of whatever an operation on a database file threw. */
export function toStorageError(cause: unknown, file: string): StorageError {
  if (cause instanceof StorageError) return cause
  const [code, advice] = MEANINGS[isNoRoom(cause) ? 13 : resultCode(cause)] ?? ['unavailable', 'the operation failed']
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new StorageError(code, `${file}: ${advice} (${reason})`, { cause })
}

/** Whether what failed would fail again at once whatever else is tried: the medium, or a lock that was waited for. */
export function concernsAll(error: unknown): boolean {
  return [5, 6].includes(resultCode(error)) || isMediumFailure(error)
}

/** SQLITE_IOERR: the medium, but for want of room. */
export function isMediumFailure(error: unknown): boolean {
  return resultCode(error) === 10 && !isNoRoom(error)
}

/** Whether only the commit at hand is at fault, not the database. */
export function isRefusal(error: unknown): boolean {
  return error instanceof StorageError || resultCode(error) === 18
}

/** SQLITE_IOERR_SHMSIZE: the index of the log cannot grow, for want of room. */
function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 4874
}

function resultCode(error: unknown): number {
  // The low byte of an extended result code is the primary one.
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0
}
