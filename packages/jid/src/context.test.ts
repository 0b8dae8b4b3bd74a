import { expect, test } from 'vitest'
import { Context } from './context.ts'
import { codePointsOf } from './string-class.ts'

/** The same code points, counting how often one is read. */
function counted(text: string): { codePoints: readonly number[]; reads: () => number } {
  let reads = 0
  const get = (target: number[], key: string | symbol): unknown => {
    if (typeof key === 'string' && /^\d+$/.test(key)) reads++
    return Reflect.get(target, key)
  }
  return { codePoints: new Proxy(codePointsOf(text), { get }), reads: () => reads }
}

test.each([
  ['RFC 5892 A.7: dots before one Han character', `${'\u30fb'.repeat(1000)}\u4e00`, true],
  ['RFC 5892 A.8: two Arabic-Indic digits', '\u0660\u0661'.repeat(500), true],
  ['RFC 5892 A.9: two extended Arabic-Indic digits', '\u06f0\u06f1'.repeat(500), true],
  ['RFC 5892 A.1: non-joiners among transparent marks', `\u0628${'\u064e\u200c'.repeat(500)}`, false],
])('%s: rules cost no more than the length of the text', (_, text, confirmed) => {
  const { codePoints, reads } = counted(text)
  const context = new Context(codePoints)
  const contextual = codePointsOf(text).flatMap((codePoint, index) =>
    [0x30fb, 0x200c].includes(codePoint) || /[\u0660-\u0669\u06f0-\u06f9]/.test(String.fromCodePoint(codePoint))
      ? [index]
      : [],
  )
  const answers = contextual.map((index) => context.confirms(index))
  expect(answers.every(Boolean)).toBe(confirmed)
  expect(contextual.length).toBeGreaterThanOrEqual(500)
  expect(reads()).toBeLessThan(10 * text.length)
})

test('RFC 8264 §8: a code point without a rule is not confirmed', () => {
  expect(new Context([0x61]).confirms(0)).toBe(false)
})
