import { append, entryId, equal, numbers, OWNER, rejects, type StorageCase, storageCase } from './conformance-case.ts'
import type { ArchiveQuery, Storage } from './storage.ts'

const ROMEO = 'romeo@example.net'

/** Entries 1 to 20; those that 3 divides are with Romeo, those that 5 divides (and 3 does not) with nobody. */
async function fill(storage: Storage): Promise<void> {
  const parties = (n: number) => (n % 3 === 0 ? { with: ROMEO } : n % 5 === 0 ? {} : { with: 'nurse@example.org' })
  await storage.commit(Array.from({ length: 20 }, (_, i) => append(i + 1, parties(i + 1))))
}

async function expectPage(s: Storage, query: ArchiveQuery, found: number[], complete: boolean): Promise<void> {
  const page = await s.readArchive('messages', OWNER, query)
  equal([numbers(page), page.complete], [found, complete], `the page ${JSON.stringify(query)}`)
}

export const pageCases: readonly StorageCase[] = [
  storageCase('readArchive: an archive that does not exist is empty', async (s) => {
    equal(await s.readArchive('messages', OWNER, { max: 10, count: true }), { entries: [], complete: true, count: 0 })
    equal(await s.countArchive('messages', OWNER), 0)
  }),
  storageCase('readArchive: pages forwards (XEP-0059 §2.2) and backwards (§2.3)', async (s) => {
    await fill(s)
    await expectPage(s, { max: 3 }, [1, 2, 3], false)
    await expectPage(s, { max: 3, after: entryId(3) }, [4, 5, 6], false)
    await expectPage(s, { max: 3, after: entryId(17) }, [18, 19, 20], true)
    await expectPage(s, { max: 3, after: entryId(20) }, [], true)
    await expectPage(s, { max: 3, reverse: true }, [20, 19, 18], false)
    await expectPage(s, { max: 3, reverse: true, before: entryId(18) }, [17, 16, 15], false)
    await expectPage(s, { max: 3, reverse: true, before: entryId(4) }, [3, 2, 1], true)
    await expectPage(s, { max: 3, reverse: true, before: entryId(1) }, [], true)
    await expectPage(s, { max: 10, after: entryId(3), before: entryId(6) }, [4, 5], true)
    await expectPage(s, { max: 10, after: entryId(3), before: entryId(6), reverse: true }, [5, 4], true)
    await expectPage(s, { max: 2, before: entryId(6) }, [1, 2], false)
    await expectPage(s, { max: 2, after: entryId(16), reverse: true }, [20, 19], false)
  }),
  storageCase('readArchive: the id of a page need not exist', async (s) => {
    await s.commit([2, 4, 6, 8].map((n) => append(n)))
    await expectPage(s, { max: 2, after: entryId(3) }, [4, 6], false)
    await expectPage(s, { max: 2, before: entryId(7), reverse: true }, [6, 4], false)
    await expectPage(s, { max: 9, after: 'ä not an id' }, [], true)
    await expectPage(s, { max: 9, before: '' }, [], true)
  }),
  storageCase('readArchive: ids are compared whole, not as prefixes', async (s) => {
    const entry = (id: string, at: number) =>
      ({ type: 'append', archive: 'a', owner: OWNER, id, at, value: id }) as const
    await s.commit(['a', 'a!', 'aa', 'b', 'b~'].map((id, at) => entry(id, at)))
    const ids = async (query: ArchiveQuery) => (await s.readArchive('a', OWNER, query)).entries.map((e) => e.id)
    equal(await ids({ max: 9, after: 'a' }), ['a!', 'aa', 'b', 'b~'])
    equal(await ids({ max: 9, before: 'b' }), ['a', 'a!', 'aa'])
    equal(await ids({ max: 9, start: 1, end: 3 }), ['a!', 'aa', 'b'])
  }),
  storageCase('readArchive: a page of 0 has no entries; the bounds of a page are checked', async (s) => {
    await fill(s)
    await expectPage(s, { max: 0 }, [], false)
    for (const max of [-1, 1.5, 100_000, Number.NaN]) {
      await rejects(s.readArchive('messages', OWNER, { max }), 'invalid')
    }
    await rejects(s.readArchive('messages', OWNER, { max: 1, start: 0.5 }), 'invalid')
  }),
  storageCase('readArchive: start and end are included (XEP-0313 §4.1.2)', async (s) => {
    await fill(s)
    await expectPage(s, { max: 10, start: 170 }, [17, 18, 19, 20], true)
    await expectPage(s, { max: 10, start: 171, end: 190 }, [18, 19], true)
    await expectPage(s, { max: 10, end: 30, reverse: true }, [3, 2, 1], true)
    await expectPage(s, { max: 2, start: 50, end: 100, after: entryId(6) }, [7, 8], false)
    await expectPage(s, { max: 2, start: 50, end: 100, reverse: true, before: entryId(7) }, [6, 5], true)
    await expectPage(s, { max: 10, start: 201 }, [], true)
    await expectPage(s, { max: 10, end: 9 }, [], true)
    await expectPage(s, { max: 10, start: 100, end: 50 }, [], true)
  }),
  storageCase('readArchive: entries of the same time', async (s) => {
    const entry = (n: number) => ({ ...append(n), at: n < 4 ? 100 : 200 }) as const
    await s.commit([1, 2, 3, 4, 5, 6].map(entry))
    await expectPage(s, { max: 10, start: 100, end: 100 }, [1, 2, 3], true)
    await expectPage(s, { max: 10, start: 101 }, [4, 5, 6], true)
    await expectPage(s, { max: 2, start: 200, reverse: true }, [6, 5], false)
  }),
  storageCase('readArchive: with one party only (XEP-0313 §4.1.1)', async (s) => {
    await fill(s)
    await expectPage(s, { max: 3, with: ROMEO }, [3, 6, 9], false)
    await expectPage(s, { max: 3, with: ROMEO, after: entryId(9) }, [12, 15, 18], true)
    await expectPage(s, { max: 2, with: ROMEO, reverse: true }, [18, 15], false)
    await expectPage(s, { max: 9, with: ROMEO, start: 60, end: 120 }, [6, 9, 12], true)
    await expectPage(s, { max: 9, with: 'nobody@example.org' }, [], true)
  }),
  storageCase('readArchive: by ids (XEP-0313 §4.1.4)', async (s) => {
    await fill(s)
    const ids = [9, 3, 4, 3, 99].map(entryId)
    await expectPage(s, { max: 9, ids }, [3, 4, 9], true)
    await expectPage(s, { max: 2, ids, reverse: true }, [9, 4], false)
    await expectPage(s, { max: 9, ids, with: ROMEO }, [3, 9], true)
    await expectPage(s, { max: 9, ids, after: entryId(3) }, [4, 9], true)
    await expectPage(s, { max: 9, ids: [] }, [], true)
  }),
  storageCase('readArchive: the count is of all that the conditions select, whatever the page', async (s) => {
    await fill(s)
    const count = async (query: object) =>
      (await s.readArchive('messages', OWNER, { max: 1, count: true, ...query })).count
    equal(await count({}), 20)
    equal(await count({ after: entryId(19) }), 20)
    equal(await count({ with: ROMEO }), 6)
    equal(await count({ start: 50 }), 16)
    equal(await count({ start: 60, end: 120, with: ROMEO }), 3)
    equal(await count({ ids: [entryId(1), entryId(2)] }), 2)
    equal('count' in (await s.readArchive('messages', OWNER, { max: 1 })), false, 'a count that was not asked for')
  }),
]
