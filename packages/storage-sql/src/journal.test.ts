import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Write } from '@parlour/storage'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compileForSqlite } from './compile.ts'
import { encodeCommit } from './encode.ts'
import type { Batch, PageRequest, ReadRequest, Reply, Word } from './messages.ts'
import { packOperations } from './operations-text.ts'
import { SqliteFile } from './sqlite-file.ts'
import { createSqliteStorage } from './sqlite-storage.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlour-journal-'))
  path = join(folder, 'parlour.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true }))

const open = (maxPages?: number) => new SqliteFile({ file: path, sql: compileForSqlite(), busyTimeout: 5000, maxPages })

type Answer = Extract<Reply, { reads: unknown }>

function ask(file: SqliteFile, commits: readonly Write[][], ...reads: ReadRequest[]): Answer {
  const words: Word[] = []
  for (const writes of commits) encodeCommit(writes, words)
  const batch: Batch = { operations: packOperations(words), reads }
  return file.answer(batch) as Answer
}

/** What another connection finds in a table. */
function rows(table: string): number {
  using db = new DatabaseSync(path, { readOnly: true })
  return Number(db.prepare(`select count(*) as rows from ${table}`).get()?.rows)
}

const owner = 'juliet@example.org'
const put = (key: string, value: string): Write => ({ type: 'put', store: 's', owner, key, value })
const append = (n: number, value = 'x', archive = 'a'): Write => ({
  ...{ type: 'append', archive, owner, id: String(n).padStart(6, '0'), at: n, value },
})
const remove = (...ids: number[]): Write => ({
  ...{ type: 'remove', archive: 'a', owner, ids: ids.map((n) => String(n).padStart(6, '0')) },
})
const everything: PageRequest = {
  ...{ from: '', to: '\x7f', start: undefined, end: undefined, with: undefined, ids: undefined, search: undefined },
  ...{ max: 1000, reverse: false, count: false },
}
const page: ReadRequest = ['page', 'a', owner, everything]
const ids = ({ reads }: Answer) =>
  reads.map((read) => ('found' in read ? (read.found as { rows: [string][] }).rows.map(([id]) => Number(id)) : read))

test('commits are in the journal, which whoever asks for more than a page of what is in it has emptied', () => {
  const file = open()
  ask(file, [[append(1), append(2)], [put('k', '1')], [put('k', '2')]])
  expect([rows('journal'), rows('entries'), rows('records')]).toEqual([1, 0, 0])
  expect(ask(file, [], ['get', 's', owner, 'k']).reads).toEqual([{ found: '"2"' }])
  expect(ask(file, [], ['page', 'another', owner, everything], ['list', 's', 'another']).reads).toHaveLength(2)
  expect(rows('journal')).toBe(1)
  expect(ids(ask(file, [], page))).toEqual([[1, 2]])
  expect(rows('journal')).toBe(1)
  expect(ask(file, [], ['count', 'a', owner]).reads).toEqual([{ found: 2 }])
  expect([rows('journal'), rows('entries'), rows('records')]).toEqual([0, 2, 1])
  file.close()
})

test('a record that waits to be removed is not there', () => {
  const file = open()
  ask(file, [[put('k', '1')]], ['list', 's', owner])
  const { reads } = ask(file, [[{ type: 'delete', store: 's', owner, key: 'k' }]], ['get', 's', owner, 'k'])
  expect(reads).toEqual([{ found: undefined }])
  expect(ask(file, [], ['list', 's', owner]).reads).toEqual([{ found: [] }])
  file.close()
})

test('what is removed before it has reached its table never does; what is there already goes', () => {
  const file = open()
  expect(ids(ask(file, [[append(1)]], page))).toEqual([[1]])
  ask(file, [[append(2), append(3)], [remove(2)], [remove(1)]])
  expect(ids(ask(file, [], page))).toEqual([[3]])
  file.close()
})

test('a page tells what is in the table and what waits alike, whatever is removed', () => {
  const file = open()
  const id = fc.integer({ min: 0, max: 25 })
  const removal = fc.array(id, { minLength: 1, maxLength: 6 })
  const step = fc.oneof(
    fc.record({ append: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ remove: removal }),
    fc.record({ from: id, to: id, max: fc.integer({ min: 0, max: 8 }), reverse: fc.boolean() }),
    fc.constant({ flush: true as const }),
  )
  let archives = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const archive = `archive ${archives++}`
      let there: number[] = []
      let last = 0
      for (const each of steps) {
        if ('append' in each) {
          const added = Array.from({ length: each.append }, () => last++)
          ask(file, [added.map((n) => append(n, `${n}`, archive))])
          there.push(...added)
        } else if ('remove' in each) {
          ask(file, [[{ ...remove(...each.remove), archive } as Write]])
          there = there.filter((n) => !each.remove.includes(n))
        } else if ('flush' in each) {
          expect(ask(file, [], ['count', archive, owner]).reads).toEqual([{ found: there.length }])
        } else {
          const [from, to] = [each.from, each.to].map((n) => String(n).padStart(6, '0')) as [string, string]
          const { reads } = ask(file, [], ['page', archive, owner, { ...everything, ...each, from, to }])
          const selected = there.filter((n) => n >= each.from && n < each.to)
          if (each.reverse) selected.reverse()
          const found = selected.slice(0, each.max).map((n) => [String(n).padStart(6, '0'), n, null, `"${n}"`])
          expect(reads).toEqual([{ found: { rows: found, complete: selected.length <= each.max, count: undefined } }])
        }
      }
    }),
    { numRuns: 300 },
  )
  file.close()
})

test('an id that is not greater than all others is looked at in the tables: `conflict`, or an entry in its place', () => {
  const file = open()
  ask(file, [[append(5)], [append(7)]])
  const { failures } = ask(file, [[append(6)], [append(5), put('k', 'none')], [append(7)], [append(8)]])
  expect(failures.map(([index, { code }]) => [index, code])).toEqual([
    [1, 'conflict'],
    [2, 'conflict'],
  ])
  expect(ids(ask(file, [[remove(8)], [append(8)]], page))).toEqual([[5, 6, 7, 8]])
  expect(ask(file, [], ['get', 's', owner, 'k']).reads).toEqual([{ found: undefined }])
  file.close()
})

test('`expect` sees what waits', () => {
  const file = open()
  ask(file, [[put('k', '1')]])
  const expected = (value: string): Write => ({ type: 'expect', store: 's', owner, key: 'k', value })
  const { failures } = ask(file, [
    [expected('1'), put('k', '2')],
    [expected('1'), put('k', '3')],
  ])
  expect(failures.map(([index]) => index)).toEqual([1])
  expect(ask(file, [], ['get', 's', owner, 'k']).reads).toEqual([{ found: '"2"' }])
  file.close()
})

test('what an earlier process has left in the journal is there, in its order', () => {
  {
    using db = new DatabaseSync(path)
    for (const statement of compileForSqlite().migrations.flat()) db.exec(statement)
    db.exec('create table parlour_schema (version integer not null) strict; insert into parlour_schema values (4)')
    db.exec(`pragma application_id = ${0x5061726c}`)
    const add = db.prepare('insert into journal (operations) values (?)')
    for (const writes of [[append(1), put('k', '1')], [put('k', '2'), append(2)], [remove(1)]]) {
      const words: Word[] = []
      encodeCommit(writes, words)
      add.run(packOperations(words))
    }
  }
  const file = open()
  expect(rows('journal')).toBe(0)
  expect(ids(ask(file, [], page))).toEqual([[2]])
  expect(ask(file, [], ['get', 's', owner, 'k']).reads).toEqual([{ found: '"2"' }])
  file.close()
})

test('a database of the schema before the journal has all of its data', async () => {
  const { migrations } = compileForSqlite()
  {
    using db = new DatabaseSync(path)
    for (const statement of migrations.slice(0, 3).flat()) db.exec(statement)
    db.exec('create table parlour_schema (version integer not null) strict; insert into parlour_schema values (3)')
    db.exec(`pragma application_id = ${0x5061726c}`)
    db.exec(`insert into records values ('s', '${owner}', 'k', '"old"')`)
    db.exec(`insert into archives (number, archive, owner) values (1, 'a', '${owner}')`)
    db.exec(`insert into texts values (1, 1, '000001', 'balcony')`)
    db.exec(`insert into entries values (1, '000001', 1, 'romeo@example.net', '"old entry"', 1)`)
  }
  await using storage = await createSqliteStorage({ file: path })
  await storage.commit([append(2, 'new entry'), put('n', 'new')])
  expect(await storage.get('s', owner, 'k')).toBe('old')
  const { entries } = await storage.readArchive('a', owner, { max: 10 })
  expect(entries.map(({ value }) => value)).toEqual(['old entry', 'new entry'])
  expect((await storage.readArchive('a', owner, { max: 10, search: 'balcony' })).entries).toHaveLength(1)
})

test('when much waits it goes to its tables between two batches', () => {
  const file = open()
  for (let n = 0; n < 9000; n += 1000) ask(file, [Array.from({ length: 1000 }, (_, k) => append(n + k))])
  file.settle()
  expect([rows('journal'), rows('entries')]).toEqual([0, 9000])
  file.close()
})

test('a bounded database that has no room for more still answers, and takes more when there is room', () => {
  const file = open(120)
  const large = 'x'.repeat(3000)
  let stored = 0
  // Many archives: their tables need more pages than the journal does.
  while (stored < 1000 && ask(file, [[append(stored, large, `archive ${stored}`)]]).failures.length === 0) stored++
  expect(stored).toBeGreaterThan(40)
  const [failure] = ask(file, [[append(stored, large.repeat(300), 'too much')]]).failures
  expect(failure?.[1].code).toBe('full')
  for (let n = 0; n < stored; n++)
    expect(ask(file, [], ['count', `archive ${n}`, owner]).reads, `archive ${n}`).toEqual([{ found: 1 }])
  for (let n = 0; n < stored; n++) {
    const all: Write = { type: 'remove', archive: `archive ${n}`, owner, all: true }
    expect(ask(file, [[all]]).failures).toEqual([])
  }
  expect(ask(file, [[append(1, large)]], page).failures).toEqual([])
  file.close()
})

test('what was refused, or written past the journal, is not taken for the last of its archive', () => {
  const file = open()
  ask(file, [[append(5), { type: 'clear', store: 's', owner }]])
  ask(file, [[append(9), { type: 'clear', store: 's', owner }]])
  expect(ask(file, [[append(9)], [append(7)], [append(8)]]).failures.map(([index]) => index)).toEqual([0])
  expect(ids(ask(file, [], page))).toEqual([[5, 7, 8, 9]])
  file.close()
})

test('entries of a queue stay in the journal when much goes to the tables, for a while', () => {
  const file = open()
  const queue = (n: number) => append(n, 'waits', 'queue')
  const much = (from: number) => {
    ask(file, [Array.from({ length: 9000 }, (_, n) => append(from + n, 'stays'))])
    file.settle()
  }
  ask(file, [[queue(1), queue(2), queue(3)]])
  ask(file, [[{ ...remove(1), archive: 'queue' } as Write]])
  much(0)
  expect([rows('journal'), rows('entries')]).toEqual([1, 9000])
  const queuePage: ReadRequest = ['page', 'queue', owner, everything]
  expect(ids(ask(file, [[queue(4), { ...remove(2), archive: 'queue' } as Write]], queuePage))).toEqual([[3, 4]])
  expect(ask(file, [[queue(3)]]).failures.map(([, { code }]) => code)).toEqual(['conflict'])
  expect([rows('journal'), rows('entries')]).toEqual([0, 9002])
  file.close()
})

test('what stays in the journal outlives the process, and goes to its table when it is old', () => {
  const file = open()
  ask(file, [[append(1, 'waits', 'queue'), append(2, 'waits', 'queue'), append(3, 'waits', 'queue')]])
  for (let round = 0; round < 4; round++) {
    const removed: Write[] = round < 3 ? [{ ...remove(1), archive: 'queue' } as Write] : []
    ask(file, [removed, [append(10 + round, 'soon removed', 'queue')]])
    ask(file, [[{ ...remove(10 + round), archive: 'queue' } as Write]])
    ask(file, [Array.from({ length: 9000 }, (_, n) => append(9000 * round + n, 'stays', 'other'))])
    file.settle()
    expect([rows('journal'), rows('entries')]).toEqual(round < 3 ? [1, 9000 * (round + 1)] : [0, 36_002])
  }
  file.close()
  const again = open()
  expect(ids(ask(again, [], ['page', 'queue', owner, everything]))).toEqual([[2, 3]])
  again.close()
})

test('a journal of the schema before this one is read', () => {
  {
    using db = new DatabaseSync(path)
    for (const statement of compileForSqlite().migrations.slice(0, 4).flat()) db.exec(statement)
    db.exec('create table parlour_schema (version integer not null) strict; insert into parlour_schema values (4)')
    db.exec(`pragma application_id = ${0x5061726c}`)
    const text = JSON.stringify([
      ...[12, 'a', owner, '000001', 1, null, '<m/>', 'word', 12, 'b', owner, '000002', 1, 'p@x', true, true, 11],
      ...[1, 's', owner, 'k', '"1"', 11],
    ])
    db.prepare('insert into journal (operations) values (?)').run(text)
  }
  const file = open()
  const found = ask(file, [], page, ['page', 'b', owner, everything], ['get', 's', owner, 'k']).reads
  expect(found).toMatchObject([
    { found: { rows: [['000001', 1, null, '"<m/>"']] } },
    { found: { rows: [['000002', 1, 'p@x', '"<m/>"']] } },
    { found: '"1"' },
  ])
  file.close()
})
