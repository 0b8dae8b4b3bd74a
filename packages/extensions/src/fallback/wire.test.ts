import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { bodyWithoutFallback, fallbackElement, readFallback } from './wire.ts'

const REPLY = 'urn:xmpp:reply:0'
const message = (body: string, fallback: string) =>
  parseXml(
    `<message xmlns='jabber:client'><body>${body}</body><fallback xmlns='urn:xmpp:fallback:0' for='${REPLY}'>${fallback}</fallback></message>`,
  )

test('XEP-0428 §2.2: built', () => {
  expect(fallbackElement(REPLY, [{ start: 0, end: 33 }]).toString()).toBe(
    `<fallback xmlns='urn:xmpp:fallback:0' for='${REPLY}'><body start='0' end='33'/></fallback>`,
  )
})

test.each([
  ['part of the body', "<body start='0' end='2'/>", 'Great'],
  ['several parts', "<body start='0' end='2'/><body start='6' end='7'/>", 'Grea'],
  ['"if start and end attribute are not supplied, the whole"', '<body/>', undefined],
  ['"does not have any childs … every body and subject"', '', undefined],
  ['only the subject', '<subject/>', '💬 Great'],
  ['ranges that are none', "<body start='2' end='1'/><body start='x' end='1'/><body start='0'/>", '💬 Great'],
  ['a range beyond the end', "<body start='2' end='999999999'/>", '💬 '],
])('XEP-0428 §2.2, counted in code points (XEP-0426): %s', (_, fallback, expected) => {
  expect(bodyWithoutFallback(message('💬 Great', fallback), REPLY)).toBe(expected)
})

test('the fallback for another specification stays', () => {
  expect(bodyWithoutFallback(message('Great', ''), 'urn:other')).toBe('Great')
  expect(readFallback(message('Great', ''), 'urn:other')).toBeUndefined()
})
