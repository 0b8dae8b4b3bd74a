import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileForSqlite } from './compile.ts'
import { Prepared } from './prepared.ts'
import { firstAt } from './time-search.ts'

function open(): { db: DatabaseSync; prepared: Prepared } {
  const { migrations, statements } = compileForSqlite()
  const db = new DatabaseSync(':memory:')
  for (const statement of migrations.flat()) db.exec(statement)
  return { db, prepared: new Prepared(db, statements) }
}

const anId = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 40,
})

test('property: of entries whose ids are in order of time, the first one at a time or later is found', () => {
  const { db, prepared } = open()
  fc.assert(
    fc.property(fc.uniqueArray(anId, { maxLength: 40 }), fc.array(fc.nat(20)), fc.nat(25), (ids, times, sought) => {
      db.exec('delete from entries')
      const sorted = [...ids].sort()
      const ats = sorted.map((_, n) => times[n % Math.max(1, times.length)] ?? 0).sort((a, b) => a - b)
      for (const [n, id] of sorted.entries()) prepared.run('appendEntry', 1, id, ats[n] as number, null, 'v', null)
      const expected = sorted[ats.findIndex((at) => at >= sought)]
      expect(firstAt(prepared, 1, sought)).toBe(expected)
    }),
    { numRuns: 500 },
  )
})

test('it takes few looks, whatever the size of the archive', () => {
  const { prepared } = open()
  const idOf = (at: number) => `${at.toString(16).padStart(12, '0')}-0000-${((at * 7919) % 65536).toString(16)}`
  for (let n = 0; n < 20_000; n++)
    prepared.run('appendEntry', 1, idOf(1_767_225_600_000 + n * n), 1_767_225_600_000 + n * n, null, 'v', null)
  let looks = 0
  const look = (...all: Parameters<Prepared['row']>) => {
    looks++
    return prepared.row(...all)
  }
  const counting = { row: look } as Prepared
  for (const n of [1, 77, 5000, 19_999]) {
    looks = 0
    expect(firstAt(counting, 1, 1_767_225_600_000 + n * n)).toBe(idOf(1_767_225_600_000 + n * n))
    expect(looks).toBeLessThan(45)
  }
})
