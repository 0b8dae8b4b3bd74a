import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from './base64.ts'

test('RFC 4648 §10 vectors', () => {
  const vectors = {
    '': '',
    f: 'Zg==',
    fo: 'Zm8=',
    foo: 'Zm9v',
    foob: 'Zm9vYg==',
    fooba: 'Zm9vYmE=',
    foobar: 'Zm9vYmFy',
  }
  for (const [text, encoded] of Object.entries(vectors)) {
    expect(encodeBase64(Buffer.from(text))).toBe(encoded)
    expect(Buffer.from(decodeBase64(encoded) ?? 'none').toString()).toBe(text)
  }
})

test('any octets come back, and the encoding is that of Node.js', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      const text = encodeBase64(octets)
      expect(text).toBe(Buffer.from(octets).toString('base64'))
      expect(decodeBase64(text)).toEqual(octets)
    }),
  )
})

test('what decodes encodes to the same text: one form only', () => {
  const texts = fc.string({ unit: fc.constantFrom(...'AZaz09+/=- \n'), maxLength: 12 })
  fc.assert(
    fc.property(texts, (text) => {
      const octets = decodeBase64(text)
      if (octets) expect(encodeBase64(octets)).toBe(text)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  'Zg',
  'Zg=',
  'Zg===',
  '=',
  '====',
  'Zh==',
  'Zm9=',
  'Z m9v',
  'Zm9v\n',
  ' Zm9v',
  'Zm-v',
  'Zm_v',
  'Zg==Zg==',
  'Zmé=',
])('RFC 6120 §6.3.5: %j is refused', (text) => {
  expect(decodeBase64(text)).toBeUndefined()
})
