import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Write } from '@parlour/storage'
import { afterAll, describe, expect, test } from 'vitest'
import { createSqliteStorage } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'parlour-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = () => join(folder, `${++files}.db`)

const put = (key: string, value: string): Write => ({ type: 'put', store: 's', owner: 'o', key, value })
const append = (n: number, value = 'x'): Write => {
  return { type: 'append', archive: 'a', owner: 'o', id: String(n).padStart(6, '0'), at: n, value }
}

test('what is committed is there after it is opened again', async () => {
  const file = newFile()
  {
    await using storage = await createSqliteStorage({ file })
    await storage.commit([put('k', 'v'), append(1)])
  }
  await using storage = await createSqliteStorage({ file })
  expect(await storage.get('s', 'o', 'k')).toBe('v')
  expect(await storage.countArchive('a', 'o')).toBe(1)
})

describe('a full disk', () => {
  test('commits reject with `full`, whole; removing makes room, with no restart', async () => {
    const file = newFile()
    await using storage = await createSqliteStorage({ file, maxPages: 60 })
    const large = 'x'.repeat(20_000)
    let stored = 0
    let failure: unknown
    while (failure === undefined && stored < 100) {
      failure = await storage.commit([append(stored, large), put('stored', String(stored))]).catch((error) => error)
      if (failure === undefined) stored++
    }
    expect(failure).toMatchObject({ name: 'StorageError', code: 'full', message: expect.stringContaining(file) })
    expect(stored).toBeGreaterThan(5)
    expect(await storage.countArchive('a', 'o')).toBe(stored)
    expect(await storage.get('s', 'o', 'stored')).toBe(String(stored - 1))
    await storage.commit([{ type: 'remove', archive: 'a', owner: 'o', through: '000002' }])
    await storage.commit([append(1000, large)])
    expect(await storage.countArchive('a', 'o')).toBe(stored - 2)
  })

  test('of commits that come together those that fit are applied, in order', async () => {
    await using storage = await createSqliteStorage({ file: newFile(), maxPages: 40 })
    const outcomes = await Promise.allSettled([
      storage.commit([put('a', 'small')]),
      storage.commit([put('b', 'first'), put('large', 'x'.repeat(400_000))]),
      storage.commit([put('a', 'smaller')]),
      storage.commit([put('new', 'x'), { type: 'append', archive: 'new', owner: 'o', id: '1', at: 1, value: 1 }]),
      storage.commit([put('b', 'second'), put('large', 'x'.repeat(400_000))]),
    ])
    expect(outcomes.map((o) => (o.status === 'rejected' ? o.reason.code : 'done'))).toEqual([
      'done',
      'full',
      'done',
      'done',
      'full',
    ])
    expect([...(await storage.list('s', 'o'))]).toEqual([
      ['a', 'smaller'],
      ['new', 'x'],
    ])
    expect(await storage.countArchive('new', 'o')).toBe(1)
  })
})

describe('a second instance', () => {
  test('is told which file is in use by which process', async () => {
    const file = newFile()
    const first = await createSqliteStorage({ file })
    const second = createSqliteStorage({ file })
    await expect(second).rejects.toMatchObject({ name: 'StorageError', code: 'locked' })
    await expect(second).rejects.toThrow(`${file} is in use by process ${process.pid}`)
    await first.close()
    await (await createSqliteStorage({ file })).close()
  })

  test('in another process is told too', async () => {
    const file = newFile()
    await using _first = await createSqliteStorage({ file })
    const script = `
      import { createSqliteStorage } from '${new URL('./index.ts', import.meta.url)}'
      await createSqliteStorage({ file: ${JSON.stringify(file)} }).catch((error) => console.log(error.code, error.message))`
    const child = spawnSync('node', ['--conditions=@parlour/source', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    expect(child.stdout).toContain(`locked ${file} is in use by process ${process.pid}`)
  })

  test('a reader is welcome: backup tools work while it runs', async () => {
    const file = newFile()
    await using storage = await createSqliteStorage({ file })
    await storage.commit([put('k', 'v')])
    // Whoever asks has what is in the journal moved to its table.
    await storage.list('s', 'o')
    const reader = new DatabaseSync(file, { readOnly: true })
    expect(reader.prepare('select value from records').get()).toEqual({ value: '"v"' })
    const copy = newFile()
    reader.exec(`vacuum into '${copy}'`)
    reader.close()
    await using copied = await createSqliteStorage({ file: copy })
    expect(await copied.get('s', 'o', 'k')).toBe('v')
  })

  test('what has not reached its table yet is in a copy too', async () => {
    const file = newFile()
    await using storage = await createSqliteStorage({ file })
    await storage.commit([put('k', 'v'), append(1)])
    const reader = new DatabaseSync(file, { readOnly: true })
    const copy = newFile()
    reader.exec(`vacuum into '${copy}'`)
    reader.close()
    await using copied = await createSqliteStorage({ file: copy })
    expect(await copied.get('s', 'o', 'k')).toBe('v')
    expect(await copied.countArchive('a', 'o')).toBe(1)
  })
})

describe('a file that cannot be used', () => {
  test('another format: `corrupt`, untouched', async () => {
    const file = newFile()
    writeFileSync(file, 'this is not a database, whatever its name says; '.repeat(100))
    await expect(createSqliteStorage({ file })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(file),
    })
    expect(readFileSync(file, 'utf8')).toMatch(/^this is not/)
  })

  test("another program's database: `corrupt`, untouched", async () => {
    const file = newFile()
    const other = new DatabaseSync(file)
    other.exec('create table theirs (x); insert into theirs values (1)')
    other.close()
    const before = readFileSync(file)
    await expect(createSqliteStorage({ file })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('another program'),
    })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test('a newer schema: `newer-schema`, untouched', async () => {
    const file = newFile()
    await (await createSqliteStorage({ file })).close()
    const db = new DatabaseSync(file)
    db.exec('update parlour_schema set version = 99')
    db.close()
    await expect(createSqliteStorage({ file })).rejects.toMatchObject({
      code: 'newer-schema',
      message: expect.stringContaining('99'),
    })
  })

  test('no such folder: `unavailable`', async () => {
    const file = join(folder, 'absent/parlour.db')
    await expect(createSqliteStorage({ file })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(file),
    })
  })

  test.each([
    ['a page of a table', 100],
    ['a long value', 20_000],
  ])('damage in %s is found when it is read: `corrupt`; what is elsewhere stays readable', async (_, length) => {
    const file = newFile()
    {
      await using storage = await createSqliteStorage({ file })
      await storage.commit([append(1)])
      for (let n = 0; n < 40; n++) await storage.commit([put(`k${n}`, 'x'.repeat(length))])
    }
    const bytes = readFileSync(file)
    bytes.fill(0xff, pagesOfTables(file) * 4096)
    writeFileSync(file, bytes)
    await using storage = await createSqliteStorage({ file })
    await expect(storage.list('s', 'o')).rejects.toMatchObject({ name: 'StorageError', code: 'corrupt' })
    expect(await storage.countArchive('a', 'o')).toBe(1)
  })
})

/** The first pages of a database are the schema and the beginning of each table. */
function pagesOfTables(file: string): number {
  using db = new DatabaseSync(file, { readOnly: true })
  return Number(db.prepare('select max(rootpage) as last from sqlite_schema').get()?.last)
}

describe('the queue', () => {
  test('over its bound of operations: `busy`, and usable again when it has drained', async () => {
    await using storage = await createSqliteStorage({ file: newFile(), maxQueued: 10 })
    const commits = Array.from({ length: 12 }, (_, n) => storage.commit([append(n)]))
    const outcomes = await Promise.allSettled(commits)
    expect(outcomes.map((o) => (o.status === 'rejected' ? o.reason.code : 'done')).slice(8)).toEqual([
      'done',
      'done',
      'busy',
      'busy',
    ])
    await storage.commit([append(20)])
    expect(await storage.countArchive('a', 'o')).toBe(11)
  })

  test('over its bound of text: `busy`', async () => {
    await using storage = await createSqliteStorage({ file: newFile(), maxQueuedLength: 1000 })
    const first = storage.commit([put('a', 'x'.repeat(2000))])
    await expect(storage.commit([put('b', 'x')])).rejects.toMatchObject({ code: 'busy' })
    await first
    await storage.commit([put('b', 'x')])
  })

  test('closing lets everything finish', async () => {
    const file = newFile()
    const storage = await createSqliteStorage({ file })
    const commits = Array.from({ length: 5000 }, (_, n) => storage.commit([append(n)]))
    const reads = [storage.countArchive('a', 'o'), storage.countArchive('a', 'p')]
    await Promise.all([storage.close(), storage.close()])
    await Promise.all(commits)
    expect(await Promise.all(reads)).toEqual([5000, 0])
    await expect(storage.commit([])).rejects.toMatchObject({ code: 'unavailable', message: `${file} is closed` })
  })
})

test('a thousand commits issued together need a handful of syncs', async () => {
  const file = newFile()
  await using storage = await createSqliteStorage({ file })
  const before = transactionsInLog(`${file}-wal`)
  await Promise.all(Array.from({ length: 1000 }, (_, n) => storage.commit([append(n)])))
  expect(transactionsInLog(`${file}-wal`) - before).toBeLessThan(5)
})

/** Frames that end a transaction, each with a sync: their page count is not 0 (https://www.sqlite.org/fileformat.html#the_write_ahead_log). */
function transactionsInLog(path: string): number {
  const log = readFileSync(path)
  const pageSize = log.readUInt32BE(8)
  let count = 0
  for (let frame = 32; frame + 24 + pageSize <= log.length; frame += 24 + pageSize) {
    if (log.readUInt32BE(frame + 4) !== 0) count++
  }
  return count
}

describe('backup', () => {
  test('is a consistent copy, made while commits go on', async () => {
    await using storage = await createSqliteStorage({ file: newFile() })
    await storage.commit(Array.from({ length: 500 }, (_, n) => append(n, 'x'.repeat(2000))))
    const copy = newFile()
    const backup = storage.backup(copy)
    const commits = Array.from({ length: 100 }, (_, n) => storage.commit([put('n', String(n)), append(1000 + n)]))
    await Promise.all([backup, ...commits])
    await using copied = await createSqliteStorage({ file: copy })
    const count = await copied.countArchive('a', 'o')
    const n = await copied.get('s', 'o', 'n')
    expect(count).toBe(n === undefined ? 500 : 501 + Number(n))
  })

  test('to a place that cannot be written rejects', async () => {
    await using storage = await createSqliteStorage({ file: newFile() })
    await expect(storage.backup(join(folder, 'absent/copy.db'))).rejects.toMatchObject({ code: 'unavailable' })
    const existing = newFile()
    writeFileSync(existing, 'something')
    await expect(storage.backup(existing)).rejects.toMatchObject({
      name: 'StorageError',
      message: expect.stringContaining('exists'),
    })
    expect(readFileSync(existing, 'utf8')).toBe('something')
  })

  test('closing waits for it', async () => {
    const storage = await createSqliteStorage({ file: newFile() })
    await storage.commit([append(1)])
    const copy = newFile()
    const backup = storage.backup(copy)
    await storage.close()
    await backup
    await using copied = await createSqliteStorage({ file: copy })
    expect(await copied.countArchive('a', 'o')).toBe(1)
  })
})
