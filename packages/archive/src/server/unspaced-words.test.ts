import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spacedQuery, spacedText } from './unspaced-words.ts'

const words = (text: string) => text.split(/[\s,.!]+/).filter((word) => word !== '')

test('everything within a text without spaces is found by the beginnings of words', () => {
  const letters = fc.array(fc.constantFrom('日', '本', 'あ', 'ア', 'ー', 'ไ', 'ที่', '𠮷', 'a', ' ', '。'), {
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(letters, fc.nat(12), fc.nat(12), (text, from, length) => {
      const stored = words(spacedText(text.join('')))
      const sought = words(spacedQuery(text.slice(from, from + length).join('')))
      // Of words with spaces, only beginnings are looked for.
      for (const word of sought)
        if (!/^[a。]+$/.test(word)) expect(stored.some((each) => each.startsWith(word))).toBe(true)
    }),
  )
})

test('other texts stay as they are', () => {
  for (const text of ['', 'Wherefore art thou?', 'Доброе утро', 'señor', '안녕하세요', '😀 👍'])
    expect([spacedText(text), spacedQuery(text)]).toEqual([text, text])
})

test('pairs, and the last letter; a letter alone is the beginning of a pair', () => {
  expect(words(spacedText('at東京tower'))).toEqual(['at', '東京', '京', 'tower'])
  expect(words(spacedQuery('東京都'))).toEqual(['東京', '京都'])
  expect(words(spacedQuery('東'))).toEqual(['東'])
  expect(spacedText('か\u3099い')).toBe(' がい い ')
})
