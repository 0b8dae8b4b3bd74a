import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { compileForSqlite } from './compile.ts'
import { Medium } from './medium.ts'
import { Operation, type Word } from './messages.ts'
import { toStorageError } from './sqlite-error.ts'
import { SqliteFile } from './sqlite-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'parlour-medium-'))
afterAll(() => rmSync(folder, { recursive: true }))

const failure = (errcode: number, message: string) => Object.assign(new Error(message), { errcode })
/** SQLITE_IOERR_FSYNC, SQLITE_IOERR_SHMSIZE, SQLITE_FULL */
const [SYNC, NO_ROOM, FULL] = [
  failure(1034, 'disk I/O error'),
  failure(4874, 'disk I/O error'),
  failure(13, 'database or disk is full'),
]

/** A database whose log cannot be synced as long as it fails. */
class Failing extends DatabaseSync {
  isFailing = true
  checkpoints = 0

  override exec(sql: string): void {
    if (sql.startsWith('pragma wal_checkpoint')) this.checkpoints++
    if (this.isFailing) throw SYNC
    super.exec(sql)
  }
}

test('after a failed sync nothing is committed until the log is synced', () => {
  using db = new Failing(':memory:')
  const medium = new Medium(db)
  medium.settle()
  expect(db.checkpoints).toBe(0)
  medium.failed(SYNC)
  expect(() => medium.settle()).toThrow('disk I/O error')
  expect(() => medium.settle()).toThrow('disk I/O error')
  db.isFailing = false
  medium.settle()
  medium.settle()
  expect(db.checkpoints).toBe(3)
})

test('a full disk leaves no doubt about what was written before', () => {
  using db = new Failing(':memory:')
  const medium = new Medium(db)
  for (const error of [NO_ROOM, FULL]) medium.failed(error)
  medium.settle()
  expect(db.checkpoints).toBe(0)
  expect([NO_ROOM, FULL, SYNC].map((error) => toStorageError(error, 'f').code)).toEqual(['full', 'full', 'unavailable'])
})

test('what can wait fails when there is no room; nothing ends, and all goes on when there is', () => {
  const file = new SqliteFile({
    ...{ file: join(folder, 'full.db'), sql: compileForSqlite(), busyTimeout: 0 },
    maxPages: 100,
  })
  const commit = (words: readonly Word[]) => {
    const reply = file.answer({ operations: JSON.stringify([...words, Operation.commit]), reads: [] })
    return 'failures' in reply ? reply.failures.map(([, { code }]) => code) : []
  }
  const text = 'word '.repeat(400)
  let count = 0
  const append = () => commit([Operation.append, 'a', 'o', `${1e6 + count++}`, count, 'p', JSON.stringify(text), text])
  while (append().length === 0) expect(count).toBeLessThan(1000)
  for (let turn = 0; turn < 50; turn++) {
    file.tidy()
    append()
  }
  expect(append()).toEqual(['full'])
  expect(commit([Operation.removeAll, 'a', 'o'])).toEqual([])
  while (file.tidy()) {}
  expect(append()).toEqual([])
  file.close()
})
