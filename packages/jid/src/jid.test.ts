import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createJid,
  isJid,
  JidError,
  opaqueString,
  parseJid,
  prepareDomain,
  prepareLocal,
  prepareResource,
} from './index.ts'

describe('Jid', () => {
  const full = parseJid('juliet@example.com/balcony')

  test('RFC 6120 §1.4: bare JID and full JID', () => {
    expect([full.isFull, full.isBare]).toEqual([true, false])
    expect([full.bare.isFull, full.bare.isBare]).toEqual([false, true])
    expect(full.bare.toString()).toBe('juliet@example.com')
    expect(full.bare).toBe(full.bare)
    expect(full.bare.bare).toBe(full.bare)
    expect(parseJid('example.com/node').bare.toString()).toBe('example.com')
  })

  test('withResource replaces, adds and removes the resourcepart', () => {
    expect(full.withResource('Garden/2').toString()).toBe('juliet@example.com/Garden/2')
    expect(full.bare.withResource('a\u00a0b').resource).toBe('a b')
    expect(full.withResource('')).toBe(full.bare)
    expect(() => full.withResource('\u0000')).toThrow(JidError)
  })

  test('RFC 7622 §3.2.3, RFC 8265 §3.3.4, §4.2.3: equal octet for octet once prepared', () => {
    expect(full.equals(createJid('JULIET', 'EXAMPLE.com.', 'balcony'))).toBe(true)
    expect(full.equals(full.withResource('Balcony'))).toBe(false)
    expect(full.equals(full.bare)).toBe(false)
    expect(parseJid('a/b@c').equals(createJid('', 'a', 'b@c'))).toBe(true)
  })

  test('an address within JSON and within a template is its text', () => {
    expect(JSON.stringify({ to: full })).toBe('{"to":"juliet@example.com/balcony"}')
    expect(`${full}`).toBe('juliet@example.com/balcony')
  })

  test('createJid takes no separator within a localpart or domainpart', () => {
    expect(() => createJid('a@b', 'example.com')).toThrow(JidError)
    expect(() => createJid('a/b', 'example.com')).toThrow(JidError)
    expect(() => createJid('a', 'example.com/b')).toThrow(JidError)
    expect(() => createJid('', '')).toThrow(JidError)
    expect(createJid('', 'example.com').toString()).toBe('example.com')
  })
})

describe('errors say what is wrong with which part', () => {
  test.each<[string, string]>([
    ['', 'the domainpart is empty'],
    ['@example.com', 'the localpart is empty'],
    ['a b@example.com', 'the localpart may not contain U+0020'],
    ['a@b@example.com', 'the domainpart may not contain U+0040'],
    ['a@exa_mple.com', 'the domainpart may not contain U+005F'],
    ['a@example..com', 'the domainpart has an empty label'],
    ['a@-x.org', 'the domainpart has a label with hyphens at its beginning or end'],
    ['a@[::1', 'the domainpart is in brackets but is no IP literal'],
    ['a@example.com/\u0007', 'the resourcepart may not contain U+0007'],
    ['a@example.com/\ud800', 'the resourcepart contains a lone surrogate'],
    ['a·@example.com', 'the localpart may not contain U+00B7 in this place'],
    [`${'a'.repeat(1024)}@example.com`, 'the localpart is longer than 1023 octets'],
    [`${'a'.repeat(100_000)}@example.com`, 'the localpart is longer than 1023 octets'],
  ])('%j', (address, message) => {
    expect(() => parseJid(address)).toThrow(JidError)
    expect(() => parseJid(address)).toThrow(message)
    expect(isJid(address)).toBe(false)
  })

  test('no error tells anything of a password', () => {
    expect(() => opaqueString('secret\u0007')).toThrow('the password has a disallowed code point')
    expect(() => opaqueString('')).toThrow('the password is empty')
    expect(() => opaqueString('a·b')).toThrow('the password has a disallowed code point in this place')
  })
})

test('RFC 8265 §4.3 tables 3 and 4: OpaqueString', () => {
  expect(opaqueString('correct horse battery staple')).toBe('correct horse battery staple')
  expect(opaqueString('Correct Horse Battery Staple')).toBe('Correct Horse Battery Staple')
  expect(opaqueString('πßå')).toBe('πßå')
  expect(opaqueString('Jack of ♦s')).toBe('Jack of ♦s')
  expect(opaqueString('foo\u1680bar')).toBe('foo bar')
  expect(() => opaqueString('my cat is a \u0009by')).toThrow(JidError)
})

/** Characters that the rules treat in all their different ways, and any others now and then. */
const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'abzAZ019.-_\\') },
  { weight: 2, arbitrary: fc.constantFrom(...'äÄßẞσΣςİıⅣﬁＡ＠／ｶﾞ。．´\u0308\u0301\u00a0\u3000 "&\'<>:@/') },
  { weight: 2, arbitrary: fc.constantFrom(...'אבـ\u05b0١۱ب\u200c\u200dक\u094d·l・ア中Ꭰ가\u1100\u1161') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
)
const text = fc.string({ unit: character, maxLength: 12 })
const address = fc
  .tuple(text, fc.constantFrom('', '@'), text, fc.constantFrom('', '/'), text)
  .map((parts) => parts.join(''))

/** The result, or undefined for what is refused; any other error fails the test. */
function attempt<Result>(prepare: () => Result): Result | undefined {
  try {
    return prepare()
  } catch (error) {
    if (error instanceof JidError) return undefined
    throw error
  }
}

const RUNS = { numRuns: 1500 }
/** On a busy machine these take long. */
const PROPERTY = { timeout: 60_000 }

test('RFC 7622: parsing what was printed gives the same address', PROPERTY, () => {
  fc.assert(
    fc.property(address, (given) => {
      const jid = attempt(() => parseJid(given))
      if (!jid) return
      const again = parseJid(jid.toString())
      expect(again.toString()).toBe(jid.toString())
      expect([again.local, again.domain, again.resource]).toEqual([jid.local, jid.domain, jid.resource])
      expect(again.equals(jid)).toBe(true)
      expect(createJid(jid.local, jid.domain, jid.resource).equals(jid)).toBe(true)
    }),
    RUNS,
  )
})

test.each([
  ['prepareLocal', prepareLocal],
  ['prepareDomain', prepareDomain],
  ['prepareResource', prepareResource],
])(
  'RFC 8264 §7: %s is stable, and its output has 1 to 1023 octets, no lone surrogate, and is NFC',
  PROPERTY,
  (_, prepare) => {
    fc.assert(
      fc.property(text, (given) => {
        const prepared = attempt(() => prepare(given))
        if (prepared === undefined) return
        expect(prepare(prepared)).toBe(prepared)
        expect(prepared.normalize('NFC')).toBe(prepared)
        expect(prepared.isWellFormed()).toBe(true)
        expect(new TextEncoder().encode(prepared).length).toBeGreaterThan(0)
      }),
      RUNS,
    )
  },
)

test('RFC 7622 §3.2, §3.3, §3.4: 1023 octets are the limit, whatever the letters', () => {
  const letter = fc.constantFrom('a', 'ä', '中', '𐐨')
  fc.assert(
    fc.property(letter, letter, fc.integer({ min: 250, max: 1100 }), (first, second, count) => {
      const given = first + second.repeat(count)
      const fits = new TextEncoder().encode(given).length <= 1023
      expect(attempt(() => prepareLocal(given)) !== undefined).toBe(fits)
      expect(attempt(() => prepareResource(given)) !== undefined).toBe(fits)
    }),
  )
})

test('RFC 7622 §3.2.3, RFC 8265 §3.3.4, §4.2.3: addresses are equal exactly when their texts are', PROPERTY, () => {
  fc.assert(
    fc.property(address, address, (left, right) => {
      const [a, b] = [left, right].map((given) => attempt(() => parseJid(given)))
      if (!a || !b) return
      expect(a.equals(b)).toBe(a.toString() === b.toString())
    }),
    RUNS,
  )
})

test('RFC 7622 §3.3: capitals and small letters of a localpart are one address', PROPERTY, () => {
  fc.assert(
    fc.property(text, (given) => {
      const prepared = attempt(() => prepareLocal(given))
      const capitals = attempt(() => prepareLocal(given.replace(/[a-z]/g, (letter) => letter.toUpperCase())))
      if (prepared !== undefined) expect(capitals).toBe(prepared)
    }),
    RUNS,
  )
})
