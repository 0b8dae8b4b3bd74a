import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Write } from '@parlour/storage'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { compileForSqlite } from './compile.ts'
import { encodeCommit } from './encode.ts'
import type { PageRequest, ReadRequest, Reply, Word } from './messages.ts'
import { packOperations } from './operations-text.ts'
import { SqliteFile } from './sqlite-file.ts'

let folder: string
let path: string
/** How many transactions are yet to fail at their end. */
let failures: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlour-journal-'))
  path = join(folder, 'parlour.sqlite')
  failures = 0
  const { exec } = DatabaseSync.prototype
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql: string) {
    if (sql === 'commit' && failures-- > 0) throw Object.assign(new Error('database or disk is full'), { errcode: 13 })
    exec.call(this, sql)
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const open = () => new SqliteFile({ file: path, sql: compileForSqlite(), busyTimeout: 5000, maxPages: undefined })

function ask(file: SqliteFile, commits: readonly Write[][], ...reads: ReadRequest[]) {
  const words: Word[] = []
  for (const writes of commits) encodeCommit(writes, words)
  return file.answer({ operations: packOperations(words), reads }) as Extract<Reply, { reads: unknown }>
}

const owner = 'juliet@example.org'
const idOf = (n: number) => String(n).padStart(6, '0')
const append = (n: number, archive = 'a'): Write => ({
  ...{ type: 'append', archive, owner, id: idOf(n), at: n, value: 'x' },
})
const put = (key: string, value: string): Write => ({ type: 'put', store: 's', owner, key, value })
/** What the journal does not take. */
const clear: Write = { type: 'clear', store: 's', owner }
const everything: PageRequest = {
  ...{ from: '', to: '\x7f', start: undefined, end: undefined, with: undefined, ids: undefined, search: undefined },
  ...{ max: 1000, reverse: false, count: false },
}
const pageOf = (archive: string): ReadRequest => ['page', archive, owner, everything]
const ids = ({ reads }: ReturnType<typeof ask>) =>
  reads.map((read) => ('found' in read ? (read.found as { rows: [string][] }).rows.map(([id]) => Number(id)) : read))
const count = (table: string) => {
  using db = new DatabaseSync(path, { readOnly: true })
  return Number(db.prepare(`select count(*) as rows from ${table}`).get()?.rows)
}

test('what cannot go to its tables now keeps its place: nothing is written past it, and it is there after a restart', () => {
  const file = open()
  ask(file, [[append(1), put('k', '1')]])
  failures = 2
  expect(ask(file, [[clear], [put('l', '2')]]).failures.map(([index, { code }]) => [index, code])).toEqual([
    [0, 'full'],
    [1, 'full'],
  ])
  expect(ask(file, [[append(2)]]).failures.map(([, { code }]) => code)).toEqual(['full'])
  expect(failures).toBe(0)
  expect(ids(ask(file, [], pageOf('a')))).toEqual([[1]])
  expect(ask(file, [], ['get', 's', owner, 'k'], ['count', 'a', owner]).reads).toEqual([{ found: '"1"' }, { found: 1 }])
  expect(ask(file, [[append(2)]]).failures).toEqual([])
  file.close()
  const again = open()
  expect(ids(ask(again, [], pageOf('a')))).toEqual([[1, 2]])
  expect(ask(again, [], ['get', 's', owner, 'k'], ['get', 's', owner, 'l']).reads).toEqual([
    { found: '"1"' },
    { found: undefined },
  ])
  again.close()
})

test('entries of a queue that were to stay in the journal are there when that could not be emptied', () => {
  const file = open()
  ask(file, [[append(1, 'queue'), append(2, 'queue'), append(3, 'queue')]])
  ask(file, [[{ type: 'remove', archive: 'queue', owner, ids: [idOf(1)] }]])
  ask(file, [Array.from({ length: 9000 }, (_, n) => append(n))])
  failures = 1
  file.settle()
  expect(failures).toBe(0)
  expect(ids(ask(file, [], pageOf('queue')))).toEqual([[2, 3]])
  expect(ask(file, [], ['count', 'queue', owner]).reads).toEqual([{ found: 2 }])
  file.close()
  const again = open()
  expect(ids(ask(again, [], pageOf('queue')))).toEqual([[2, 3]])
  expect(ask(again, [], ['count', 'a', owner]).reads).toEqual([{ found: 9000 }])
  again.close()
})

test('the journal takes no more than it can apply in some tens of milliseconds, also when no time is left between batches', () => {
  const file = open()
  for (let from = 0; from < 30_000; from += 3000) ask(file, [Array.from({ length: 3000 }, (_, n) => append(from + n))])
  expect(count('entries')).toBeGreaterThan(15_000)
  expect(ask(file, [], ['count', 'a', owner]).reads).toEqual([{ found: 30_000 }])
  file.close()
})
