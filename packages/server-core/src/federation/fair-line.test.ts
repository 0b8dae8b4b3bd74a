import { expect, it } from 'vitest'
import { FairLine } from './fair-line.ts'

it('each account has its turn, its own in order; who left is passed over', () => {
  const line = new FairLine<string>()
  for (const name of ['a1', 'a2', 'a3', 'a4']) line.add('a', name)
  line.add('b', 'b1')
  line.delete('a', 'a2')
  line.delete('b', 'a3')
  line.add('c', 'c1')
  line.delete('c', 'c1')
  expect(line.size).toBe(4)
  expect([line.shift(), line.shift(), line.shift()]).toEqual(['a1', 'b1', 'a3'])
  line.add('b', 'b2')
  expect([line.shift(), line.shift(), line.shift(), line.size]).toEqual(['a4', 'b2', undefined, 0])
})
