import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Write } from '@parlour/storage'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSqliteStorage } from './sqlite-storage.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlour-purge-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** How often the text stands in the files of the database. */
function occurrences(text: string): number {
  const files = ['', '-wal', '-shm', '-journal'].map((suffix) => join(folder, `parlour.sqlite${suffix}`))
  const found = files.map((file) =>
    existsSync(file) ? readFileSync(file).toString('latin1').split(text).length - 1 : 0,
  )
  return found.reduce((sum, count) => sum + count, 0)
}

const USERS = 12
const MARK = 'the text of user 7'
/** A word that only that user has said, as it is searched for. */
const WORD = 'wherefore'

/** A long history: rows of all sizes that are written, changed, removed, in an order that is the same each time. */
async function live(commit: (writes: Write[]) => Promise<void>): Promise<void> {
  let seed = 42
  const below = (bound: number) => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
    return (seed >>> 8) % bound
  }
  for (let round = 0, n = 0; round < 150; round++) {
    const writes: Write[] = []
    for (let k = 0; k < 40; k++, n++) {
      const user = below(USERS)
      const [owner, mark] = [`user${user}@example.org`, user === 7 ? MARK : 'hay']
      const value = `${mark}${'x'.repeat(below(20) === 0 ? below(9000) : below(300))}${mark}`
      const id = String(n).padStart(8, '0')
      writes.push({ type: 'put', store: 'records', owner, key: `key ${below(150)}`, value })
      const text = user === 7 ? WORD : 'hay'
      writes.push({ type: 'append', archive: 'messages', owner, id, at: n, with: `${mark} ${below(30)}`, value, text })
      if (below(3) === 0)
        writes.push({ type: 'remove', archive: 'messages', owner, ids: [String(below(n + 1)).padStart(8, '0')] })
    }
    await commit(writes)
  }
}

test('nothing of what was removed is left in the files, wherever SQLite had moved it', async () => {
  await using storage = await createSqliteStorage({ file: join(folder, 'parlour.sqlite') })
  await live((writes) => storage.commit(writes))
  const owner = 'user7@example.org'
  expect(occurrences(MARK)).toBeGreaterThan(100)
  const search = (word: string, from: string) => storage.readArchive('messages', from, { max: 1, search: word })
  expect((await search(WORD, owner)).entries).toHaveLength(1)
  expect(occurrences(WORD)).toBeGreaterThan(100)
  await storage.commit([
    { type: 'clear', store: 'records', owner },
    { type: 'remove', archive: 'messages', owner, all: true },
  ])
  await storage.purge()
  expect(occurrences(MARK)).toBe(0)
  expect(occurrences(WORD)).toBe(0)
  expect(occurrences(owner)).toBe(0)
  expect((await search('hay', 'user1@example.org')).entries).toHaveLength(1)
  expect(await storage.countArchive('messages', 'user1@example.org')).toBeGreaterThan(100)
  expect((await storage.list('records', 'user1@example.org')).size).toBeGreaterThan(100)
})

test('commits and reads that were asked for meanwhile are done after it', async () => {
  await using storage = await createSqliteStorage({ file: join(folder, 'parlour.sqlite') })
  const put = (key: string): Write => ({ type: 'put', store: 's', owner: 'o', key, value: key })
  await storage.commit([put('a')])
  const all = [storage.purge(), storage.commit([put('b')]), storage.list('s', 'o')] as const
  expect([...((await all[2]) as Map<string, unknown>).keys()]).toEqual(['a', 'b'])
  await Promise.all(all)
})
