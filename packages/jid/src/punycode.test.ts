import { domainToASCII, domainToUnicode } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePunycode, encodePunycode } from './punycode.ts'

test.each([
  ['他们为什么不说中文', 'ihqwcrb4cv8a8dqg056pqjye'],
  ['3年b組金八先生', '3b-ww4c5e180e575a65lsy2b'],
  ['ひとつ屋根の下2', '2-u9tlzr9756bt3uc0v'],
  ['安室奈美恵-with-super-monkeys', '-with-super-monkeys-pc58ag80a8qai00g7n9n'],
  ['そのスピードで', 'd9juau41awczczp'],
])('RFC 3492 §7.1 examples in lower case: %s', (text, encoded) => {
  expect(encodePunycode(text)).toBe(encoded)
  expect(decodePunycode(encoded)).toBe(text)
})

test.each(['99999999', '!', 'a-é', 'mnchen-3y', '0', 'zzzzzzzz'])(
  'RFC 3492 §6.4: malformed or overflowing: %s',
  (encoded) => {
    expect(decodePunycode(encoded)).toBeUndefined()
  },
)

test('RFC 3492 §6: decoding undoes encoding', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (text) => {
      expect(decodePunycode(encodePunycode(text))).toBe(text)
    }),
  )
})

test('RFC 3492: the same A-labels as another implementation gives', () => {
  const letters = fc.constantFrom(...'aez019äöüßéñłżабвгдежзабвαβγδε中文字例え한국어กขค𐐨𠀀')
  fc.assert(
    fc.property(fc.string({ unit: letters, minLength: 1, maxLength: 12 }), (text) => {
      fc.pre(/[^a-z0-9]/.test(text))
      expect(domainToASCII(`${text}.example`)).toBe(`xn--${encodePunycode(text)}.example`)
      expect(domainToUnicode(`xn--${encodePunycode(text)}.example`)).toBe(`${text}.example`)
    }),
  )
})
