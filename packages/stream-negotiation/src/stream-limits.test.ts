import { el } from '@parlour/xml'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AnnouncedLimits, limitsElement, readAnnouncedLimits, STREAM_LIMITS_NAMESPACE } from './stream-limits.ts'

const within = (limits: AnnouncedLimits) => el('features', 'urn:any', {}, limitsElement(limits))

test('XEP-0478 §3.1: the example', () => {
  expect(limitsElement({ maxBytes: 10_000, idleSeconds: 1800 }).toString()).toBe(
    "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes><idle-seconds>1800</idle-seconds></limits>",
  )
})

test('what is announced is read back, also a part of it', () => {
  const limit = fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { nil: undefined })
  fc.assert(
    fc.property(limit, limit, (maxBytes, idleSeconds) => {
      expect(readAnnouncedLimits(within({ maxBytes, idleSeconds }))).toEqual({ maxBytes, idleSeconds })
    }),
  )
})

test('nothing announced is nothing known', () => {
  expect(readAnnouncedLimits(el('features', 'urn:any'))).toBeUndefined()
  expect(readAnnouncedLimits(el('features', 'urn:any', {}, el('limits', 'urn:other')))).toBeUndefined()
})

test.each(['', '-1', '1.5', '1e3', '4294967296', '99999999999', 'x', '0x10'])('%j is no xs:unsignedInt', (text) => {
  const limits = el('limits', STREAM_LIMITS_NAMESPACE, {}, el('max-bytes', STREAM_LIMITS_NAMESPACE, {}, text))
  expect(readAnnouncedLimits(el('features', 'urn:any', {}, limits))).toEqual({})
})

test('white space around a number is none of it', () => {
  const number = el('idle-seconds', STREAM_LIMITS_NAMESPACE, {}, '\n 600 ')
  const limits = el('limits', STREAM_LIMITS_NAMESPACE, {}, number)
  expect(readAnnouncedLimits(el('bidi', 'urn:any', {}, limits))).toEqual({ idleSeconds: 600 })
})
