import { append, entryId, equal, numbers, OWNER, type StorageCase, storageCase } from './conformance-case.ts'
import type { ArchiveQuery, Storage, Write } from './storage.ts'

const ROMEO = 'romeo@example.net'

const TEXTS = [
  'Wherefore art thou Romeo?',
  'Good night, good night! Parting is such sweet sorrow',
  'Adiós, señor',
  'O’Hara: 42 roses; rose-water',
  'Доброе утро',
  'night',
]

function text(n: number, words: string | undefined, more: { with?: string; owner?: string } = {}): Write {
  return { ...append(n, more), text: words } as Write
}

async function fill(storage: Storage): Promise<void> {
  await storage.commit(TEXTS.map((words, n) => text(n + 1, words, n % 2 ? { with: ROMEO } : {})))
  await storage.commit([append(7), text(1, 'night', { owner: 'nurse@example.org' })])
}

async function expectFound(s: Storage, query: Partial<ArchiveQuery>, found: number[], complete = true): Promise<void> {
  const page = await s.readArchive('messages', OWNER, { max: 10, ...query })
  equal([numbers(page), page.complete], [found, complete], `the search ${JSON.stringify(query)}`)
}

export const searchCases: readonly StorageCase[] = [
  storageCase('search: each word, in any order, whatever its case and diacritics', async (s) => {
    await fill(s)
    await expectFound(s, { search: 'romeo' }, [1])
    await expectFound(s, { search: 'sorrow GOOD' }, [2])
    await expectFound(s, { search: 'good romeo' }, [])
    await expectFound(s, { search: 'adios SEÑOR' }, [3])
    await expectFound(s, { search: 'hara 42' }, [4])
    await expectFound(s, { search: 'УТРО' }, [5])
    await expectFound(s, { search: 'night' }, [2, 6])
  }),
  storageCase('search: the beginning of a word finds it, its middle does not', async (s) => {
    await fill(s)
    await expectFound(s, { search: 'ros' }, [4])
    await expectFound(s, { search: 'ight' }, [])
  }),
  storageCase('search: nothing in it means anything but words', async (s) => {
    await fill(s)
    await expectFound(s, { search: '' }, [])
    await expectFound(s, { search: ' ?!"*- ' }, [])
    await expectFound(s, { search: 'night OR romeo' }, [])
    await expectFound(s, { search: 'text:night' }, [])
    await expectFound(s, { search: '"good night" (' }, [2])
    await expectFound(s, { search: "night'); --" }, [2, 6])
    await expectFound(s, { search: 'NEAR(good night)' }, [])
  }),
  storageCase('search: with the other conditions, and a page at a time in both directions', async (s) => {
    await s.commit(Array.from({ length: 9 }, (_, i) => text(i + 1, `word ${i + 1}`, i % 2 ? { with: ROMEO } : {})))
    await expectFound(s, { search: 'word', max: 4 }, [1, 2, 3, 4], false)
    await expectFound(s, { search: 'word', max: 4, after: entryId(4) }, [5, 6, 7, 8], false)
    await expectFound(s, { search: 'word', max: 4, after: entryId(8) }, [9])
    await expectFound(s, { search: 'word', max: 4, reverse: true }, [9, 8, 7, 6], false)
    await expectFound(s, { search: 'word', max: 4, reverse: true, before: entryId(4) }, [3, 2, 1])
    await expectFound(s, { search: 'word', with: ROMEO }, [2, 4, 6, 8])
    await expectFound(s, { search: 'word', start: 30, end: 60 }, [3, 4, 5, 6])
    await expectFound(s, { search: 'word', ids: [entryId(3), entryId(5)] }, [3, 5])
    await expectFound(s, { search: 'word', max: 0 }, [], false)
    const { count } = await s.readArchive('messages', OWNER, { max: 1, search: 'word', with: ROMEO, count: true })
    equal(count, 4, 'the count')
  }),
  storageCase('search: entries appended out of order are found in the order of their ids', async (s) => {
    for (const n of [5, 1, 4, 2, 3]) await s.commit([text(n, 'word')])
    await expectFound(s, { search: 'word', max: 3 }, [1, 2, 3], false)
    await expectFound(s, { search: 'word', max: 3, reverse: true, before: entryId(5) }, [4, 3, 2], false)
  }),
  storageCase('search: a replaced text is not found any more, the new one is', async (s) => {
    await fill(s)
    await s.readArchive('messages', OWNER, { max: 1, search: 'night' })
    const replace = (n: number, words?: string): Write => ({
      ...{ type: 'replace', archive: 'messages', owner: OWNER, id: entryId(n), value: 'changed' },
      text: words,
    })
    await s.commit([replace(2, 'morning'), replace(6), replace(7, 'morning too')])
    await expectFound(s, { search: 'night' }, [])
    await expectFound(s, { search: 'morning' }, [2, 7])
  }),
  storageCase('search: what is removed is not found, what is appended anew is', async (s) => {
    const removals = [{ ids: [entryId(6)] }, { before: 30 }, { through: entryId(2) }, { all: true }] as const
    for (const [at, removed] of removals.entries()) {
      await s.commit([{ type: 'remove', archive: 'messages', owner: OWNER, all: true }])
      await fillOne(s)
      await s.readArchive('messages', OWNER, { max: 1, search: 'night' })
      await s.commit([{ type: 'remove', archive: 'messages', owner: OWNER, ...removed } as Write])
      await expectFound(s, { search: 'night' }, [[2], [6], [6], []][at] as number[])
    }
    await s.commit([text(8, 'night')])
    await expectFound(s, { search: 'night' }, [8])
  }),
  storageCase('search: a commit that fails leaves no text behind', async (s) => {
    await s.commit([text(1, 'night')])
    await s.commit([text(1, 'morning')]).catch(() => undefined)
    await s.commit([text(2, 'morning'), text(1, 'morning')]).catch(() => undefined)
    await expectFound(s, { search: 'morning' }, [])
    await expectFound(s, { search: 'night' }, [1])
  }),
]

async function fillOne(storage: Storage): Promise<void> {
  await storage.commit(TEXTS.map((words, n) => text(n + 1, words)))
}
