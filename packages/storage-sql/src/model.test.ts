import { createMemoryStorage, type Storage, StorageError, type Write } from '@parlour/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSqliteStorage } from './index.ts'

const OWNERS = ['a@x', 'b@x']
const owner = fc.constantFrom(...OWNERS)
const key = fc.constantFrom('k', 'l', '')
const number = fc.integer({ min: 0, max: 12 })
const id = number.map((n) => String(n).padStart(3, '0'))
const value = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<never>
const peer = fc.constantFrom(undefined, 'p@x', 'q@x')
const record = { store: fc.constant('s'), owner }
const archive = { archive: fc.constant('m'), owner }
const small = fc.constantFrom(1, 2) as fc.Arbitrary<never>

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ type: fc.constant('put'), ...record, key, value: fc.oneof(small, value) }),
  fc.record({ type: fc.constant('delete'), ...record, key }),
  fc.record({ type: fc.constant('clear'), ...record }),
  fc.record({ type: fc.constant('expect'), ...record, key, value: fc.oneof(fc.constant(undefined), small) }),
  fc
    .tuple(fc.record({ type: fc.constant('append'), ...archive, with: peer, value }), number)
    .map(([entry, n]) => ({ ...entry, id: String(n).padStart(3, '0'), at: Math.floor(n / 2) })),
  fc.record({ type: fc.constant('replace'), ...archive, id, value }),
  fc.record({ type: fc.constant('remove'), ...archive, ids: fc.array(id, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('remove'), ...archive, before: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ type: fc.constant('remove'), ...archive, through: id }),
  fc.record({ type: fc.constant('remove'), ...archive, all: fc.constant(true) }),
) as fc.Arbitrary<Write>

const time = fc.option(fc.integer({ min: -1, max: 7 }), { nil: undefined })
const query = fc.record({
  max: fc.integer({ min: 0, max: 5 }),
  after: fc.option(id, { nil: undefined }),
  before: fc.option(id, { nil: undefined }),
  reverse: fc.boolean(),
  start: time,
  end: time,
  with: peer,
  ids: fc.option(fc.array(id, { maxLength: 4 }), { nil: undefined }),
  count: fc.boolean(),
})

async function outcome(promise: Promise<void>): Promise<string> {
  return promise.then(
    () => 'done',
    (error: unknown) => (error instanceof StorageError ? error.code : String(error)),
  )
}

async function everything(storage: Storage, queries: Parameters<Storage['readArchive']>[2][]) {
  return {
    owners: [await storage.owners('s'), await storage.archiveOwners('m')],
    records: await Promise.all(OWNERS.map((o) => storage.list('s', o))),
    pages: await Promise.all(queries.flatMap((q) => OWNERS.map((o) => storage.readArchive('m', o, q)))),
    counts: await Promise.all(OWNERS.map((o) => storage.countArchive('m', o))),
  }
}

test('any commits, issued together, leave SQLite and memory with the same', { timeout: 60_000 }, async () => {
  await using sqlite = await createSqliteStorage({ file: ':memory:' })
  const commits = fc.array(fc.array(write, { maxLength: 4 }), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(commits, fc.array(query, { minLength: 1, maxLength: 4 }), async (all, queries) => {
      await using memory = createMemoryStorage()
      await sqlite.commit(
        OWNERS.flatMap((o): Write[] => [
          { type: 'clear', store: 's', owner: o },
          { type: 'remove', archive: 'm', owner: o, all: true },
        ]),
      )
      const outcomes = (storage: Storage) => Promise.all(all.map((writes) => outcome(storage.commit(writes))))
      expect(await outcomes(sqlite)).toEqual(await outcomes(memory))
      expect(await everything(sqlite, queries)).toEqual(await everything(memory, queries))
    }),
    { numRuns: 200 },
  )
})
