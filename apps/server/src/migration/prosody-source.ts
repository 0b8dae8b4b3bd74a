import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PortableEvent } from '@parlour/portable-data'
import { LeftOut } from '../commands/left-out.ts'
import type { Document } from '../commands/send-document.ts'
import { prosodyAccounts } from './prosody-accounts.ts'
import { ProsodyFiles } from './prosody-files.ts'
import { ProsodySql } from './prosody-sql.ts'
import { CombinedStorage, type ProsodyStorage } from './prosody-storage.ts'
import { isSqliteFile } from './sqlite-file.ts'

/** As Prosody names the database in its `data_path`, unless it is told another name. */
const DATABASE = 'prosody.sqlite'

/**
 * The accounts in what Prosody keeps: its `data_path` (mostly `/var/lib/prosody`), with the files of its internal storage, an
 * SQLite database, or both; or such a database by itself.
 *
 * @throws Error when it is none of that
 */
export function readProsody(path: string): Document {
  const { note, all } = new LeftOut()
  const undo = new DisposableStack()
  const storage = open(path, note, undo)
  if (storage.hosts().length === 0) {
    undo.dispose()
    throw new Error(
      `${path} has no accounts of Prosody in it: give its data_path, or its SQLite database (data in another database: let prosody-migrator write it to files first)`,
    )
  }
  function* events(): Generator<PortableEvent> {
    using _closing = undo
    yield* prosodyAccounts(storage, note)
  }
  return { events: events(), leftOut: all }
}

function open(path: string, note: (text: string) => void, undo: DisposableStack): ProsodyStorage {
  if (!existsSync(path)) throw new Error(`there is no ${path}: give Prosody's data_path, or its SQLite database`)
  if (!statSync(path).isDirectory()) {
    if (!isSqliteFile(path)) throw new Error(`${path} is neither a folder nor an SQLite database`)
    return undo.use(new ProsodySql(path, note))
  }
  const files = new ProsodyFiles(path, note)
  const database = join(path, DATABASE)
  return existsSync(database) ? new CombinedStorage(files, undo.use(new ProsodySql(database, note))) : files
}
