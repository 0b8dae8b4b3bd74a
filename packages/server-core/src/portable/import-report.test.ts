import { expect, test } from 'vitest'
import { ImportCount } from './import-report.ts'

test('what there is to tell is told once, with how often; beyond the first twenty, how much more there is', () => {
  const count = new ImportCount()
  for (let node = 0; node < 25; node++)
    for (const item of ['one', 'other'].slice(node % 2))
      count.add('PEP items', { result: 'left out', reason: `no place for node ${node}, where ${item} is no matter` })
  const { counts, notes } = count.report('juliet@example.com', 'existing')
  expect(counts).toEqual({ 'PEP items': { 'left out': 38 } })
  expect(notes).toHaveLength(21)
  expect(notes.at(-1)).toBe('and 18 more of other kinds')
})

test('a few are told in full', () => {
  const count = new ImportCount()
  for (const node of ['a', 'b', 'a']) count.note(`left out: ${node}`)
  expect(count.report('juliet@example.com', 'created').notes).toEqual(['left out: a (2 times)', 'left out: b'])
})
