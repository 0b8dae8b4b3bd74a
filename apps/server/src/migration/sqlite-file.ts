import { closeSync, openSync, readSync } from 'node:fs'

const MAGIC = 'SQLite format 3\0'

/** Whether a file is a database of SQLite's. */
export function isSqliteFile(file: string): boolean {
  const [handle, head] = [openSync(file, 'r'), Buffer.alloc(MAGIC.length)]
  readSync(handle, head)
  closeSync(handle)
  return head.toString('latin1') === MAGIC
}
