import { describe, expect, test } from 'vitest'
import { storageCases } from './conformance.ts'
import { createMemoryStorage, sameJson } from './index.ts'

describe('the memory storage conforms', () => {
  for (const { title, run } of storageCases) {
    test(title, async () => {
      await expect(run(createMemoryStorage)).resolves.toBeUndefined()
    })
  }
})

test('sameJson: deep, and blind to the order of keys only', () => {
  expect(sameJson({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] })).toBe(true)
  for (const [a, b] of [
    [[], {}],
    [[1], [1, 2]],
    [{ a: 1 }, { b: 1 }],
    [null, {}],
    ['1', 1],
    [undefined, null],
  ] as const) {
    expect(sameJson(a as never, b as never)).toBe(false)
  }
})
