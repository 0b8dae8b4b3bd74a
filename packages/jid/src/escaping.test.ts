import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeLocal, parseJid, unescapeLocal } from './index.ts'

test.each([
  ['space cadet', 'space\\20cadet'],
  ['call me "ishmael"', 'call\\20me\\20\\22ishmael\\22'],
  ['at&t guy', 'at\\26t\\20guy'],
  ["d'artagnan", 'd\\27artagnan'],
  ['/.fanboy', '\\2f.fanboy'],
  ['::foo::', '\\3a\\3afoo\\3a\\3a'],
  ['<foo>', '\\3cfoo\\3e'],
  ['user@host', 'user\\40host'],
  ['c:\\net', 'c\\3a\\net'],
  ['c:\\\\net', 'c\\3a\\\\net'],
  ['c:\\cool stuff', 'c\\3a\\cool\\20stuff'],
  ['c:\\5commas', 'c\\3a\\5c5commas'],
  ["here's_a_wild_&_/cr%zy/_address", 'here\\27s_a_wild_\\26_\\2fcr%zy\\2f_address'],
  ['\\3and\\2is\\5cool', '\\5c3and\\2is\\5c5cool'],
])('XEP-0106 §5.1 and §4.2 examples: %s', (typed, escaped) => {
  expect(escapeLocal(typed)).toBe(escaped)
  expect(unescapeLocal(escaped)).toBe(typed)
  expect(parseJid(`${escaped}@example.com`).local).toBe(escaped)
})

test.each(['\\2plus\\2is\\4', 'foo\\bar', 'foob\\41r'])(
  'XEP-0106 §4.3: partial sequences and those of other characters are ignored: %s',
  (text) => {
    expect(escapeLocal(text)).toBe(text)
    expect(unescapeLocal(text)).toBe(text)
  },
)

test('XEP-0106 §3.1: CASE IS SIGNIFICANT', () => {
  expect(unescapeLocal('a\\2Fb\\3Ac')).toBe('a\\2Fb\\3Ac')
  expect(escapeLocal('a\\2Fb')).toBe('a\\2Fb')
})

test('XEP-0106 §4.1: \\20 MUST NOT be the first or last character of an escaped localpart', () => {
  expect(escapeLocal('  space cadet ')).toBe('space\\20cadet')
  expect(escapeLocal(' ')).toBe('')
})

test('XEP-0106: unescaping undoes escaping, and what is escaped has no excluded character', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...' "&\'/:<>@\\0235acdef') }), (text) => {
      const typed = text.replace(/^ +| +$/g, '')
      expect(escapeLocal(typed)).not.toMatch(/[ "&'/:<>@]/)
      expect(unescapeLocal(escapeLocal(typed))).toBe(typed)
    }),
  )
})
