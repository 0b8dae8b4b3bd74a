import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StorageError } from '@parlour/storage'
import { toStorageError } from './sqlite-error.ts'

/** From which file to which. */
export interface BackupOptions {
  readonly file: string
  readonly destination: string
}

/**
 * Copies a database to a file that does not exist yet, through a connection of its own: writers go on meanwhile. If that fails,
 * nothing of it is left.
 */
export function backUp({ file, destination }: BackupOptions): void {
  const journal = `${destination}-journal`
  const isFree = !existsSync(journal)
  make(destination, file)
  try {
    copy(file, destination)
    sync(destination)
  } catch (error) {
    rmSync(destination, { force: true })
    if (isFree) rmSync(journal, { force: true })
    throw failure(error, destination)
  }
}

/** An empty file, which nobody else has made, for whoever may read the database. */
function make(destination: string, file: string): void {
  try {
    closeSync(openSync(destination, 'wx', statSync(file).mode & 0o666))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new StorageError('invalid', `${destination} exists already: name a new file`)
    throw failure(error, destination)
  }
}

function failure(cause: unknown, destination: string): StorageError {
  const nothing = `${destination}: no backup was made`
  const error = toStorageError(cause, nothing)
  return error.code === 'full' ? new StorageError('full', `${nothing}: there is no room left for it`, { cause }) : error
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
