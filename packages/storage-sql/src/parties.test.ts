import { DatabaseSync } from 'node:sqlite'
import type { Write } from '@parlour/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArchiveNumbers } from './archive-numbers.ts'
import { CommitGroup } from './commit-group.ts'
import { compileForSqlite } from './compile.ts'
import { encodeCommit } from './encode.ts'
import { Medium } from './medium.ts'
import type { PageRequest, PageRows, Word } from './messages.ts'
import { rangeOfIds } from './page-range.ts'
import { Parties } from './parties.ts'
import { Prepared } from './prepared.ts'
import { read } from './read.ts'
import { Texts } from './texts.ts'
import type { Target } from './write.ts'

const OWNER = 'juliet@example.org'
const MAX_TAIL = 3

interface Opened {
  readonly db: DatabaseSync
  readonly target: Target
  commit(...writes: Write[]): void
  page(request: Partial<PageRequest>): PageRows
}

function open(): Opened {
  const { migrations, statements } = compileForSqlite()
  const db = new DatabaseSync(':memory:')
  for (const statement of migrations.flat()) db.exec(statement)
  const prepared = new Prepared(db, statements)
  const parties = new Parties(db, prepared, MAX_TAIL)
  const target = { prepared, archives: new ArchiveNumbers(prepared), texts: new Texts(prepared), parties }
  const group = new CommitGroup(db, target, ':memory:', new Medium(db))
  const all = { ...rangeOfIds(undefined, undefined), start: undefined, end: undefined, with: undefined, ids: undefined }
  return {
    db,
    target,
    commit(...writes) {
      const words: Word[] = []
      encodeCommit(writes, words)
      group.apply(words)
    },
    page: (request) =>
      read(target, [
        'page',
        'a',
        OWNER,
        { ...all, search: undefined, max: 50, reverse: false, count: true, ...request },
      ]) as PageRows,
  }
}

const idOf = (n: number) => n.toString().padStart(4, '0')
const append = (n: number, party?: string): Write => ({
  ...{ type: 'append', archive: 'a', owner: OWNER, id: idOf(n), at: n, value: n },
  ...(party === undefined ? {} : { with: party }),
})
const indexed = ({ db }: Opened) => db.prepare('select count(*) as n from parties').get()?.n

test('a short tail is looked through, a long one is indexed when somebody asks', () => {
  const opened = open()
  for (let n = 1; n <= 3; n++) opened.commit(append(n, 'romeo@example.net'))
  expect([opened.page({ with: 'romeo@example.net' }).rows.length, indexed(opened)]).toEqual([3, 0])
  for (let n = 4; n <= 9; n++) opened.commit(append(n, 'romeo@example.net'))
  expect([opened.page({ with: 'romeo@example.net' }).rows.length, indexed(opened)]).toEqual([9, 9])
})

test('or when there is time', () => {
  const opened = open()
  for (let n = 1; n <= 9; n++) opened.commit(append(n, 'romeo@example.net'))
  const { parties } = opened.target
  expect([parties.isBehind, indexed(opened)]).toEqual([true, 0])
  parties.step()
  expect([parties.isBehind, indexed(opened)]).toEqual([false, 9])
})

type Step =
  | { readonly append: number; readonly party: string | undefined }
  | { readonly remove: number }
  | { readonly through: number }
  | { readonly clear: true }
  | { readonly ask: string; readonly reverse: boolean; readonly max: number; readonly after: number | undefined }

const party = fc.constantFrom('a@x', 'b@x')
const number = fc.nat(60)
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ append: number, party: fc.option(party, { nil: undefined }) }) },
  { weight: 2, arbitrary: fc.record({ remove: number }) },
  { weight: 1, arbitrary: fc.record({ through: number }) },
  { weight: 1, arbitrary: fc.constant({ clear: true } as const) },
  {
    weight: 5,
    arbitrary: fc.record({
      ask: party,
      reverse: fc.boolean(),
      max: fc.integer({ min: 1, max: 9 }),
      after: fc.option(number, { nil: undefined }),
    }),
  },
)

test('property: whatever was appended, in whatever order, and removed: a page is what a walk would find', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), (all) => {
      const opened = open()
      const entries = new Map<string, string | undefined>()
      const at = { archive: 'a', owner: OWNER } as const
      for (const step of all) {
        if ('append' in step) {
          opened.commit(append(step.append, step.party))
          if (!entries.has(idOf(step.append))) entries.set(idOf(step.append), step.party)
        } else if ('remove' in step) {
          opened.commit({ type: 'remove', ...at, ids: [idOf(step.remove)] })
          entries.delete(idOf(step.remove))
        } else if ('through' in step) {
          opened.commit({ type: 'remove', ...at, through: idOf(step.through) })
          for (const id of [...entries.keys()]) if (id <= idOf(step.through)) entries.delete(id)
        } else if ('clear' in step) {
          opened.commit({ type: 'remove', ...at, all: true })
          entries.clear()
        } else {
          const { ask, reverse, max } = step
          const range = rangeOfIds(step.after === undefined ? undefined : idOf(step.after), undefined)
          const selected = [...entries]
            .filter(([, other]) => other === ask)
            .map(([id]) => id)
            .sort()
          const following = selected.filter((id) => id >= range.from)
          if (reverse) following.reverse()
          const { rows, complete, count } = opened.page({ ...range, with: ask, reverse, max })
          expect(rows.map(([id]) => id)).toEqual(following.slice(0, max))
          expect([complete, count]).toEqual([following.length <= max, selected.length])
        }
      }
      // Nothing refers to what is not there.
      const stale = 'select count(*) as n from parties left join entries using (archive, id) where entries.id is null'
      expect(opened.db.prepare(stale).get()?.n).toBe(0)
    }),
    { numRuns: 150 },
  )
})
