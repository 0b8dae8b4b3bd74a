import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toBase64Url } from './octets-text.ts'

test('RFC 4648 §5: base 64 for names, without padding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
      expect(toBase64Url(octets)).toBe(Buffer.from(octets).toString('base64url'))
    }),
  )
})
