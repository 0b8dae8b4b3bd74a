import {
  append,
  entryId,
  equal,
  numbers,
  OWNER,
  put,
  rejects,
  type StorageCase,
  storageCase,
} from './conformance-case.ts'
import type { Storage, Write } from './storage.ts'

const all = { max: 1000 }

async function fill(storage: Storage): Promise<void> {
  await storage.commit([1, 2, 3, 4, 5, 6].map((n) => append(n)))
}

function remove(what: { ids: string[] } | { before: number } | { through: string } | { all: true }): Write {
  return { type: 'remove', archive: 'messages', owner: OWNER, ...what }
}

export const archiveCases: readonly StorageCase[] = [
  storageCase('append: an entry comes back as it was, in the order of ids', async (s) => {
    await s.commit([append(2, { with: 'romeo@example.net' })])
    await s.commit([append(3), append(1)])
    const { entries, complete } = await s.readArchive('messages', OWNER, all)
    equal(entries[1], { id: entryId(2), at: 20, with: 'romeo@example.net', value: 'value 2' } satisfies object)
    equal(entries[0], { id: entryId(1), at: 10, value: 'value 1' })
    equal([numbers({ entries, complete }), complete], [[1, 2, 3], true])
  }),
  storageCase('append: an id is unique in its archive of its owner only', async (s) => {
    await s.commit([append(1)])
    await rejects(s.commit([append(1)]), 'conflict')
    await rejects(s.commit([append(2), append(2)]), 'conflict')
    await s.commit([append(1, { owner: 'romeo@example.org' }), append(1, { archive: 'offline' })])
    equal(await s.countArchive('messages', OWNER), 1)
    equal(await s.countArchive('messages', 'romeo@example.org'), 1)
    equal(await s.countArchive('offline', OWNER), 1)
  }),
  storageCase('append: ids that are not visible ASCII and times that are not whole are refused', async (s) => {
    for (const id of ['', 'a b', 'ä', 'x'.repeat(129), '\n']) {
      await rejects(s.commit([{ ...append(1), id } as Write]), 'invalid')
    }
    for (const at of [Number.NaN, 1.5, Number.POSITIVE_INFINITY]) {
      await rejects(s.commit([{ ...append(1), at } as Write]), 'invalid')
    }
    equal(await s.countArchive('messages', OWNER), 0)
  }),
  storageCase('replace: changes the value and nothing else', async (s) => {
    await s.commit([append(1), append(2, { with: 'romeo@example.net' })])
    await s.commit([{ type: 'replace', archive: 'messages', owner: OWNER, id: entryId(2), value: { retracted: true } }])
    await s.commit([{ type: 'replace', archive: 'messages', owner: OWNER, id: entryId(9), value: 'nothing' }])
    await s.commit([{ type: 'replace', archive: 'none', owner: OWNER, id: entryId(1), value: 'nothing' }])
    const { entries } = await s.readArchive('messages', OWNER, all)
    equal(entries[1], { id: entryId(2), at: 20, with: 'romeo@example.net', value: { retracted: true } })
    equal(entries.length, 2)
  }),
  storageCase('remove: by ids', async (s) => {
    await fill(s)
    await s.commit([remove({ ids: [entryId(2), entryId(5), entryId(9)] }), remove({ ids: [] })])
    equal(numbers(await s.readArchive('messages', OWNER, all)), [1, 3, 4, 6])
    await s.commit([append(2)])
    equal(numbers(await s.readArchive('messages', OWNER, all)), [1, 2, 3, 4, 6])
  }),
  storageCase('remove: those at a time less than `before`; those up to id `through`; all', async (s) => {
    await fill(s)
    await s.commit([append(1, { owner: 'romeo@example.org' })])
    await s.commit([remove({ before: 20 })])
    equal(numbers(await s.readArchive('messages', OWNER, all)), [2, 3, 4, 5, 6])
    await s.commit([remove({ through: entryId(4) })])
    equal(numbers(await s.readArchive('messages', OWNER, all)), [5, 6])
    await s.commit([remove({ all: true }), append(7)])
    equal(numbers(await s.readArchive('messages', OWNER, all)), [7])
    await s.commit([remove({ all: true })])
    equal(await s.countArchive('messages', OWNER), 0)
    equal(await s.archiveOwners('messages'), ['romeo@example.org'])
    await rejects(s.commit([{ type: 'remove', archive: 'messages', owner: OWNER } as never]), 'invalid')
  }),
  storageCase('remove: from an archive that does not exist removes nothing, and is no error', async (s) => {
    await fill(s)
    for (const what of [{ ids: [entryId(1)] }, { before: 99 }, { through: entryId(9) }, { all: true }] as const) {
      await s.commit([{ ...remove(what as never), archive: 'none' } as Write, put('k', 1)])
      await s.commit([{ ...remove(what as never), owner: 'nobody@example.org' } as Write])
    }
    equal(numbers(await s.readArchive('messages', OWNER, all)), [1, 2, 3, 4, 5, 6])
    equal([await s.archiveOwners('none'), await s.get('notes', OWNER, 'k')], [[], 1])
  }),
  storageCase('archiveOwners: ordered pages of those with entries', async (s) => {
    await s.commit(['c@x', 'a@x', 'b@x', 'd@x'].map((owner) => append(1, { owner })))
    await s.commit([append(1, { owner: 'z@x', archive: 'offline' })])
    await s.commit([{ type: 'remove', archive: 'messages', owner: 'b@x', ids: [entryId(1)] }])
    equal(await s.archiveOwners('messages'), ['a@x', 'c@x', 'd@x'])
    equal(await s.archiveOwners('messages', { max: 1 }), ['a@x'])
    equal(await s.archiveOwners('messages', { after: 'a@x', max: 1 }), ['c@x'])
    equal(await s.archiveOwners('messages', { after: 'd@x' }), [])
  }),
]
