import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { hasHint, hintElement } from './wire.ts'

const message = (type: string) =>
  parseXml(`<message xmlns='jabber:client' type='${type}'><no-store xmlns='urn:xmpp:hints'/></message>`)

test('XEP-0334 §4: a hint is an empty element', () => {
  expect(hintElement('no-copy').toString()).toBe("<no-copy xmlns='urn:xmpp:hints'/>")
  expect(hasHint(message('chat'), 'no-store')).toBe(true)
  expect(hasHint(message('chat'), 'store')).toBe(false)
})

test("XEP-0334 §5: hints in a stanza of type 'error' SHOULD be ignored", () => {
  expect(hasHint(message('error'), 'no-store')).toBe(false)
})
