import { describe, expect, test } from 'vitest'
import { storageCases } from './conformance.ts'
import { FaultyStorage } from './faults.ts'
import { createMemoryStorage, type Write } from './index.ts'

const write = (value: number): Write[] => [{ type: 'put', store: 's', owner: 'o', key: 'k', value }]
const read = (storage: FaultyStorage) => storage.get('s', 'o', 'k')

describe('without faults it conforms', () => {
  for (const { title, run } of storageCases) {
    test(title, async () => {
      await expect(run(() => new FaultyStorage(createMemoryStorage()))).resolves.toBeUndefined()
    })
  }
})

test('slow: held operations complete in their order when released', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  const done: string[] = []
  storage.hold()
  const all = [
    storage.commit(write(1)).then(() => done.push('first commit')),
    read(storage).then((value) => done.push(`read ${value}`)),
    storage.commit(write(2)).then(() => done.push('second commit')),
  ]
  expect([storage.waiting, done]).toEqual([3, []])
  storage.release(1)
  await all[0]
  expect([storage.waiting, done]).toEqual([2, ['first commit']])
  storage.release()
  await Promise.all(all)
  expect(done[1]).toBe('read 1')
  expect(await read(storage)).toBe(2)
  expect(storage.calls).toEqual({ read: 2, commit: 2 })
})

test('full: commits are refused, reads work, and after heal everything does', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  storage.fail('full', 'commit')
  await expect(storage.commit(write(1))).rejects.toMatchObject({ code: 'full' })
  expect(await read(storage)).toBeUndefined()
  storage.heal()
  await storage.commit(write(1))
  expect(await read(storage)).toBe(1)
})

test('failing: so many times, then no more', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  storage.fail('unavailable', undefined, 1)
  await expect(read(storage)).rejects.toMatchObject({ code: 'unavailable' })
  await expect(storage.commit(write(1))).rejects.toMatchObject({ code: 'unavailable' })
  await storage.commit(write(2))
  expect(await read(storage)).toBe(2)
})

test('a lost answer: the commit is applied although it rejects', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  storage.loseAnswers()
  await expect(storage.commit(write(1))).rejects.toMatchObject({ code: 'unavailable' })
  storage.heal()
  expect(await read(storage)).toBe(1)
})
