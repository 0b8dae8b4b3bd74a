import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StorageError } from '@parlour/storage'
import { toStorageError } from './sqlite-error.ts'

/** From which file to which. */
export interface BackupOptions {
  readonly file: string
  readonly destination: string
}

/** Copies a database to a file that does not exist yet, through a connection of its own: writers go on meanwhile. */
export function backUp({ file, destination }: BackupOptions): void {
  if (existsSync(destination)) throw new StorageError('invalid', `${destination} exists already: name a new file`)
  try {
    copy(file, destination)
    sync(destination)
  } catch (error) {
    throw toStorageError(error, destination)
  }
}

function copy(file: string, destination: string): void {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    db.prepare('vacuum into ?').run(destination)
  } finally {
    db.close()
  }
}

/** SQLite does not sync what it vacuums into. */
function sync(path: string): void {
  const descriptor = openSync(path, 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
