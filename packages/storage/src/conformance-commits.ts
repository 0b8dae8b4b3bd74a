import { append, entryId, equal, OWNER, put, rejects, type StorageCase, storageCase } from './conformance-case.ts'
import type { Json } from './json.ts'
import type { Write } from './storage.ts'

function expectation(key: string, value: Json | undefined): Write {
  return { type: 'expect', store: 'notes', owner: OWNER, key, value }
}

export const commitCases: readonly StorageCase[] = [
  storageCase('commit: all or nothing', async (s) => {
    await s.commit([put('a', 1), append(1), append(2)])
    const changes: Write[] = [
      put('a', 2),
      put('b', 2),
      { type: 'clear', store: 'notes', owner: OWNER },
      put('c', 3),
      append(3),
      { type: 'replace', archive: 'messages', owner: OWNER, id: entryId(3), value: 'changed' },
      { type: 'replace', archive: 'messages', owner: OWNER, id: entryId(1), value: 'changed' },
      { type: 'remove', archive: 'messages', owner: OWNER, ids: [entryId(1)] },
      { type: 'remove', archive: 'messages', owner: OWNER, all: true },
      append(5),
      append(6, { owner: 'new@example.org' }),
    ]
    await rejects(s.commit([...changes, expectation('c', 4)]), 'conflict')
    await rejects(s.commit([...changes, append(5)]), 'conflict')
    await rejects(s.commit([...changes, put('d', undefined)]), 'invalid')
    equal(await s.list('notes', OWNER), new Map([['a', 1]]))
    const { entries } = await s.readArchive('messages', OWNER, { max: 10 })
    equal(
      entries.map((e) => [e.id, e.value]),
      [
        [entryId(1), 'value 1'],
        [entryId(2), 'value 2'],
      ],
    )
    equal(await s.archiveOwners('messages'), [OWNER])
    await s.commit(changes)
    equal(await s.list('notes', OWNER), new Map([['c', 3]]))
    equal(await s.countArchive('messages', OWNER), 1)
    equal(await s.countArchive('messages', 'new@example.org'), 1)
  }),
  storageCase('commit: an empty one resolves', async (s) => {
    await s.commit([])
    await rejects(s.commit([{ type: 'unknown' } as never]), 'invalid')
  }),
  storageCase('commit: a conflict of one does not touch others issued with it', async (s) => {
    const all = [1, 2, 3, 4, 5, 6].map((n) =>
      s.commit([put(`k${n}`, n), expectation('absent', n === 3 ? 1 : undefined)]),
    )
    const results = await Promise.allSettled(all)
    equal(
      results.map((r) => r.status === 'fulfilled'),
      [true, true, false, true, true, true],
    )
    equal([...(await s.list('notes', OWNER)).keys()], ['k1', 'k2', 'k4', 'k5', 'k6'])
  }),
  storageCase('commit: applied in the order of the calls', async (s) => {
    const all = Array.from({ length: 100 }, (_, n) => s.commit([expectation('n', n || undefined), put('n', n + 1)]))
    await Promise.all(all)
    equal(await s.get('notes', OWNER, 'n'), 100)
  }),
  storageCase('commit: a read issued after the call sees it', async (s) => {
    const commits: Promise<void>[] = []
    for (let n = 1; n <= 20; n++) {
      commits.push(s.commit([put('n', n), append(n)]))
      const [value, list, count, page] = await Promise.all([
        s.get('notes', OWNER, 'n'),
        s.list('notes', OWNER),
        s.countArchive('messages', OWNER),
        s.readArchive('messages', OWNER, { max: 1, reverse: true }),
      ])
      equal([value, list.get('n'), count, page.entries[0]?.id], [n, n, n, entryId(n)])
    }
    await Promise.all(commits)
  }),
  storageCase('expect: holds for the same value, whatever the order of keys; absent is undefined', async (s) => {
    await s.commit([expectation('a', undefined), put('a', { x: 1, y: [2, { z: null }] })])
    await s.commit([expectation('a', { y: [2, { z: null }], x: 1 }), put('b', null)])
    await rejects(s.commit([expectation('a', undefined), put('c', 1)]), 'conflict')
    await rejects(s.commit([expectation('a', { x: 1, y: [{ z: null }, 2] }), put('c', 1)]), 'conflict')
    await rejects(s.commit([put('c', 1), expectation('absent', null)]), 'conflict')
    await s.commit([expectation('b', null)])
    await rejects(s.commit([expectation('b', undefined)]), 'conflict')
    equal(await s.get('notes', OWNER, 'c'), undefined)
  }),
  storageCase('expect: sees the writes before it in the same commit', async (s) => {
    await s.commit([put('a', 1), expectation('a', 1), put('a', 2), expectation('a', 2)])
    equal(await s.get('notes', OWNER, 'a'), 2)
  }),
  storageCase('commit: a thousand writes, a value of a million characters', async (s) => {
    await s.commit(Array.from({ length: 1000 }, (_, n) => append(n)))
    equal(await s.countArchive('messages', OWNER), 1000)
    const text = 'ä'.repeat(1_000_000)
    await s.commit([put('a', text)])
    equal((await s.get('notes', OWNER, 'a')) === text, true)
  }),
  storageCase('close: what follows is refused as unavailable', async (s) => {
    const last = s.commit([put('a', 1)])
    await s.close()
    await last
    await s.close()
    await rejects(s.get('notes', OWNER, 'a'), 'unavailable')
    await rejects(s.commit([put('a', 1)]), 'unavailable')
    await rejects(s.readArchive('messages', OWNER, { max: 1 }), 'unavailable')
  }),
]
