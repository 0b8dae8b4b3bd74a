import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Write } from '@parlour/storage'
import { afterAll, expect, test } from 'vitest'
import { compileForSqlite } from './compile.ts'
import { encodeCommit } from './encode.ts'
import type { Word } from './messages.ts'
import { packOperations } from './operations-text.ts'
import { SqliteFile } from './sqlite-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'parlour-tidy-'))
afterAll(() => rmSync(folder, { recursive: true }))

const COUNT = 1200

test('when nobody waits, the journal is emptied, and who entries were exchanged with and their words are indexed; then it rests', () => {
  const path = join(folder, 'parlour.sqlite')
  const file = new SqliteFile({ file: path, sql: compileForSqlite(), busyTimeout: 0, maxPages: undefined })
  const words: Word[] = []
  for (let n = 0; n < COUNT; n++) {
    const entry = { archive: 'a', owner: 'juliet@example.org', id: String(n).padStart(6, '0'), at: n, value: 'v' }
    const append: Write = { type: 'append', ...entry, with: 'romeo@example.net', text: 'balcony' }
    encodeCommit([append], words)
  }
  file.answer({ operations: packOperations(words), reads: [] })
  const count = (what: string) => {
    using db = new DatabaseSync(path, { readOnly: true })
    return Number(db.prepare(`select count(*) as found from ${what}`).get()?.found)
  }
  const found = () => ['journal', 'parties', "texts_index where texts_index match 'balcony'"].map(count)
  expect(found()).toEqual([1, 0, 0])
  let steps = 0
  while (file.tidy()) expect(++steps).toBeLessThan(20)
  expect(found()).toEqual([0, COUNT, COUNT])
  expect([file.tidy(), steps > 2]).toEqual([false, true])
  file.close()
})
