import { message } from '@parlour/stanza'
import { el, parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { forwardedElement, readForwarded } from './wire.ts'

const stanza = message({ to: 'romeo@example.com', from: 'juliet@example.com/balcony', body: 'hi' })

test('XEP-0297 §3.1: a stanza, and the time it was first received, there and back', () => {
  const delay = { stamp: Date.UTC(2010, 6, 10, 23, 8, 25), from: 'example.com' }
  const parent = parseXml(el('result', 'urn:x', {}, forwardedElement({ stanza, delay })).toString())
  expect(readForwarded(parent)).toEqual({ stanza, delay })
  expect(readForwarded(el('result', 'urn:x', {}, forwardedElement({ stanza })))).toEqual({ stanza })
})

test('XEP-0297 §8: one stanza; §3.2: its namespace is preserved', () => {
  const forwarded = (...children: Parameters<typeof el>[3][]) =>
    el('result', 'urn:x', {}, el('forwarded', 'urn:xmpp:forward:0', {}, ...children))
  expect(readForwarded(forwarded(stanza, stanza))).toBeUndefined()
  expect(readForwarded(forwarded(el('message', 'urn:xmpp:forward:0')))).toBeUndefined()
  expect(readForwarded(forwarded())).toBeUndefined()
  expect(readForwarded(el('result', 'urn:x'))).toBeUndefined()
})
