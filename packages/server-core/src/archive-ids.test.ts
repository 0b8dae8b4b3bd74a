import { expect, test } from 'vitest'
import { ArchiveIds, timeOfArchiveId } from './archive-ids.ts'

test('ids grow with time, within a millisecond, and when the clock goes back', () => {
  const ids = new ArchiveIds((length) => new Uint8Array(length).fill(255))
  const times = [1000, 1000, 1001, 500, 500, 1002, 1_767_225_600_000]
  const made = times.map((at) => ids.next(at))
  expect(made).toEqual([...made].sort())
  expect(new Set(made).size).toBe(times.length)
})

test('more ids than four digits count in one millisecond still grow', () => {
  const ids = new ArchiveIds((length) => new Uint8Array(length))
  let last = ids.next(1)
  for (let n = 0; n < 70_000; n++) {
    const next = ids.next(1)
    if (next <= last) expect(next > last, `${next} follows ${last}`).toBe(true)
    last = next
  }
  expect(last.startsWith('00000000000')).toBe(true)
})

test('an id cannot be guessed: half of it is random', () => {
  const bytes = [1, 2, 3, 4, 5, 6, 7, 8]
  expect(new ArchiveIds(() => Uint8Array.from(bytes)).next(1)).toMatch(/-0102030405060708$/)
})

test('an id tells its time, which never goes back', () => {
  const ids = new ArchiveIds((length) => new Uint8Array(length))
  expect([1_767_225_600_000, 1_767_225_600_001, 5].map((at) => timeOfArchiveId(ids.next(at)))).toEqual([
    1_767_225_600_000, 1_767_225_600_001, 1_767_225_600_001,
  ])
})

test('it is known of the last id, and read from all others', () => {
  const ids = new ArchiveIds((length) => new Uint8Array(length))
  const [first, second] = [ids.next(1_767_225_600_000), ids.next(1_767_225_600_001)]
  expect([second, first].map((id) => ids.timeOf(id))).toEqual([1_767_225_600_001, 1_767_225_600_000])
})
