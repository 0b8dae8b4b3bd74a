import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dateTime, readDateTime } from './wire.ts'

test('XEP-0082 §3.2: a moment goes there and back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (at) => {
      expect(readDateTime(dateTime(at))).toBe(at)
    }),
  )
})

test.each([
  ['1969-07-21T02:56:15Z', Date.UTC(1969, 6, 21, 2, 56, 15)],
  ['1969-07-20T21:56:15-05:00', Date.UTC(1969, 6, 21, 2, 56, 15)],
  ['2020-01-01T00:00:00.123456Z', Date.UTC(2020, 0, 1, 0, 0, 0, 123)],
  ['2020-01-01T00:00:00.5Z', Date.UTC(2020, 0, 1, 0, 0, 0, 500)],
  ['2020-13-01T00:00:00Z', undefined],
  ['2020-02-29T12:00:00Z', Date.UTC(2020, 1, 29, 12)],
  ['2021-02-29T12:00:00Z', undefined],
  ['2020-02-30T00:00:00Z', undefined],
  ['2020-04-31T00:00:00+02:00', undefined],
  ['2020-01-31T23:00:00-05:00', Date.UTC(2020, 1, 1, 4)],
  ['2020-01-01T00:00:00', undefined],
  ['2020-01-01', undefined],
  ['20200101T00:00:00', undefined],
  ['', undefined],
])('XEP-0082 §3.2: %s', (text, at) => {
  expect(readDateTime(text)).toBe(at)
})
