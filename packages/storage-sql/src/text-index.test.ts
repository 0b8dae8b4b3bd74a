import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Write } from '@parlour/storage'
import { afterEach, expect, test } from 'vitest'
import { compileForSqlite } from './compile.ts'
import { createSqliteStorage } from './index.ts'
import { Prepared } from './prepared.ts'
import { TextIndex } from './text-index.ts'
import { Texts } from './texts.ts'

const OWNER = 'juliet@example.org'
const folders: string[] = []

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'parlour-text-'))
  folders.push(path)
  return path
}

afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true })
})

function entry(n: number, text: string): Write {
  const id = n.toString().padStart(6, '0')
  return { type: 'append', archive: 'a', owner: OWNER, id, at: n, value: 'v', text }
}

function open(): { db: DatabaseSync; index: TextIndex; texts: Texts; prepared: Prepared } {
  const { migrations, statements } = compileForSqlite()
  const db = new DatabaseSync(':memory:')
  for (const statement of migrations.flat()) db.exec(statement)
  const prepared = new Prepared(db, statements)
  return { db, index: new TextIndex(db, prepared), texts: new Texts(prepared), prepared }
}

const matches = (db: DatabaseSync, word: string) =>
  db
    .prepare('select rowid from texts_index where texts_index match ?')
    .all(word)
    .map((row) => row.rowid)

test('texts are indexed in steps, when there is time; a search does what is left', async () => {
  const { db, index, texts } = open()
  for (let n = 1; n <= 2500; n++) texts.add(1, `${n}`, `word${n}`)
  expect([index.isBehind, matches(db, 'word1')]).toEqual([true, []])
  index.step()
  expect([matches(db, 'word1'), matches(db, 'word1001'), index.isBehind]).toEqual([[1], [], true])
  index.catchUp()
  expect([matches(db, 'word2500'), index.isBehind]).toEqual([[2500], false])
})

test('the number of a text that was removed is not given again while the index has it', () => {
  const { db, index, texts, prepared } = open()
  texts.add(1, 'a', 'first')
  index.catchUp()
  prepared.run('keepRemovedText', 1)
  prepared.run('removeText', 1)
  const again = new Texts(prepared)
  expect(again.add(1, 'b', 'second')).toBe(2)
  index.catchUp()
  expect([matches(db, 'first'), matches(db, 'second')]).toEqual([[], [2]])
  expect(db.prepare("insert into texts_index(texts_index) values('integrity-check')").run()).toBeDefined()
})

test('an index that is damaged is made anew from the texts', () => {
  const { db, index, texts, prepared } = open()
  for (let n = 1; n <= 50; n++) texts.add(1, `${n}`, `word${n}`)
  index.catchUp()
  db.enableDefensive(false)
  db.exec("update texts_index_data set block = x'00' where id > 10")
  prepared.run('keepRemovedText', 7)
  prepared.run('removeText', 7)
  index.catchUp()
  expect([matches(db, 'word7'), matches(db, 'word8')]).toEqual([[], [8]])
})

test('nothing is left in the files of a text that was removed or replaced, once they were tidied', async () => {
  const file = join(folder(), 'p.db')
  const storage = await createSqliteStorage({ file })
  await storage.commit(Array.from({ length: 300 }, (_, n) => entry(n, `ordinary words ${n} secretword${n}x indeed`)))
  const found = await storage.readArchive('a', OWNER, { max: 10, search: 'secretword7x ordinary' })
  expect(found.entries.map(({ at }) => at)).toEqual([7])
  const id = '000007'
  await storage.commit([
    { type: 'replace', archive: 'a', owner: OWNER, id, value: 'tombstone' },
    { type: 'remove', archive: 'a', owner: OWNER, ids: ['000008'] },
  ])
  await storage.readArchive('a', OWNER, { max: 1, search: 'secretword9x' })
  await storage.close()
  const content = readFileSync(file).toString('latin1')
  expect(content).toContain('secretword9x ')
  for (const gone of ['secretword7x ', 'secretword8x ']) expect(content).not.toContain(gone)
})

test('what was left to index when a process ended is indexed by the next', async () => {
  const file = join(folder(), 'p.db')
  const first = await createSqliteStorage({ file })
  await first.commit([entry(1, 'balcony')])
  await first.close()
  await using second = await createSqliteStorage({ file })
  expect((await second.readArchive('a', OWNER, { max: 1, search: 'balc' })).entries.length).toBe(1)
})
