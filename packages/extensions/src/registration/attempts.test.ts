import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Attempts, blockOf } from './attempts.ts'

describe('attempts', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('the block of %s is %s', (address, block) => {
    expect(blockOf(address)).toBe(block)
  })

  test('never more than the bound within the time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 60 }), (pauses) => {
        const attempts = new Attempts(3, 100)
        const taken: number[] = []
        let now = 0
        for (const pause of pauses) {
          now += pause
          if (attempts.take('a', now)) taken.push(now)
        }
        for (const [index, at] of taken.entries())
          expect((taken[index + 6] ?? Number.POSITIVE_INFINITY) - at).toBeGreaterThanOrEqual(100)
      }),
    )
  })
})
