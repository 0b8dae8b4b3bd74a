import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dialbackKey, verifyDialbackKey } from './key.ts'

const example = { receiving: 'xmpp.example.com', originating: 'example.org', streamId: 'D60000229F' }
const SECRET = 's3cr3tf0rd14lb4ck'
const KEY = '37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643'

describe('the examples of the specifications', () => {
  test('XEP-0185 §3: the key of its example', async () => {
    expect(await dialbackKey(SECRET, example)).toBe(KEY)
  })

  test('XEP-0220 §2.1.1: the key of capulet.example for montague.example', async () => {
    const input = { receiving: 'montague.example', originating: 'capulet.example', streamId: 'D60000229F' }
    expect(await dialbackKey(SECRET, input)).toBe('b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3')
  })

  test('XEP-0220 §2.2.2: the key of montague.example for capulet.example', async () => {
    const input = { receiving: 'capulet.example', originating: 'montague.example', streamId: '417GAF25' }
    const key = '225cc5aa6a071133249d25fef42ae516fc7a86c523aa1c6980a7f73e784c972d'
    expect(await dialbackKey('d14lb4ck43v3r', input)).toBe(key)
    expect(await verifyDialbackKey('d14lb4ck43v3r', input, key)).toBe(true)
  })
})

describe('XEP-0220 §2.2.2: the authoritative server determines the validity of the key', () => {
  test('only the whole key is valid', async () => {
    expect(await verifyDialbackKey(SECRET, example, KEY)).toBe(true)
    for (const key of ['', KEY.slice(1), KEY.slice(0, -1), `${KEY}0`, KEY + KEY, KEY.toUpperCase(), ` ${KEY}`]) {
      expect(await verifyDialbackKey(SECRET, example, key), key).toBe(false)
    }
  })

  test('each digit counts', async () => {
    for (let index = 0; index < KEY.length; index++) {
      const other = KEY[index] === '0' ? '1' : '0'
      const key = KEY.slice(0, index) + other + KEY.slice(index + 1)
      expect(await verifyDialbackKey(SECRET, example, key), String(index)).toBe(false)
    }
  })

  test('another secret, domain or stream makes another key; the two domains are not exchangeable', async () => {
    expect(await verifyDialbackKey('another', example, KEY)).toBe(false)
    expect(await verifyDialbackKey(SECRET, { ...example, streamId: 'D60000229E' }, KEY)).toBe(false)
    const swapped = { ...example, receiving: example.originating, originating: example.receiving }
    expect(await verifyDialbackKey(SECRET, swapped, KEY)).toBe(false)
  })
})

describe('XEP-0185 §2: a space between the parts avoids ambiguity', () => {
  test('"example.in form.example.org" and "example.info rm.example.org" have different keys', async () => {
    const one = { receiving: 'example.info', originating: 'rm.example.org', streamId: '1' }
    const other = { receiving: 'example.in', originating: 'form.example.org', streamId: '1' }
    expect(await dialbackKey(SECRET, one)).not.toBe(await dialbackKey(SECRET, other))
  })

  test.each(['', 'a b', 'a\tb', ' ', 'a\u00a0b'])(
    'a domain %j is a RangeError: its parts could run together',
    async (domain) => {
      await expect(dialbackKey(SECRET, { ...example, receiving: domain })).rejects.toThrow(RangeError)
      await expect(dialbackKey(SECRET, { ...example, originating: domain })).rejects.toThrow(RangeError)
    },
  )

  test('an empty secret is a RangeError: anybody could make the key', async () => {
    await expect(dialbackKey('', example)).rejects.toThrow(RangeError)
  })

  test('a key is 64 lower-case hexadecimal digits and valid for its own input alone, whatever the stream id', async () => {
    const name = fc.domain()
    await fc.assert(
      fc.asyncProperty(
        name,
        name,
        fc.string(),
        fc.string(),
        fc.string({ minLength: 1 }),
        async (a, b, id, otherId, secret) => {
          const input = { receiving: a, originating: b, streamId: id }
          const key = await dialbackKey(secret, input)
          expect(key).toMatch(/^[\da-f]{64}$/)
          expect(await verifyDialbackKey(secret, input, key)).toBe(true)
          // A lone surrogate is written as U+FFFD, so two ids may be the same octets.
          const same = id.toWellFormed() === otherId.toWellFormed()
          expect(await verifyDialbackKey(secret, { ...input, streamId: otherId }, key)).toBe(same)
        },
      ),
      { numRuns: 50 },
    )
  })
})
