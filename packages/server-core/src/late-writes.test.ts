import { createMemoryStorage, type Write } from '@parlour/storage'
import { expect, test } from 'vitest'
import { commitOnTime, isLate } from './late-writes.ts'

const GONE = 'juliet@example.com'
const accounts = { isRemoved: (account: string) => account === GONE }
const put = (owner: string): Write => ({ type: 'put', store: 's', owner, key: 'k', value: 1 })
const append = (owner: string): Write => ({ type: 'append', archive: 'a', owner, id: '1', at: 1, value: 'x' })

test.each<[string, Write, boolean]>([
  ['a record', put(GONE), true],
  ['an entry', append(GONE), true],
  ['what takes the place of an entry', { type: 'replace', archive: 'a', owner: GONE, id: '1', value: 'y' }, true],
  ['the removal of a record', { type: 'delete', store: 's', owner: GONE, key: 'k' }, false],
  ['the removal of entries', { type: 'remove', archive: 'a', owner: GONE, all: true }, false],
  ['a condition', { type: 'expect', store: 's', owner: GONE, key: 'k', value: 1 }, false],
  ['a record of another account', put('romeo@example.com'), false],
])('what comes for an account that is removed, and adds something, is late: %s', (_, write, expected) => {
  expect(isLate(write, accounts)).toBe(expected)
})

test('what is late is left out of what is committed, and nothing else', async () => {
  const storage = createMemoryStorage()
  await storage.commit([append(GONE)])
  const commit = commitOnTime(storage, accounts as never)
  await commit([put(GONE), put('romeo@example.com'), { type: 'remove', archive: 'a', owner: GONE, all: true }])
  expect(await storage.owners('s')).toEqual(['romeo@example.com'])
  expect(await storage.countArchive('a', GONE)).toBe(0)
})
