import { expect, test } from 'vitest'
import { BoundedCache } from './bounded-cache.ts'

test('what was used longest ago makes room', () => {
  const cache = new BoundedCache<number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  expect(cache.get('a')).toBe(1)
  cache.set('c', 3)
  expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([1, undefined, 3])
})

test('setting a key again makes no room, and counts as use', () => {
  const cache = new BoundedCache<number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  cache.set('a', 9)
  cache.set('c', 3)
  expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([9, undefined, 3])
  cache.delete('a')
  expect(cache.get('a')).toBeUndefined()
})
