import { expect, test } from 'vitest'
import { el, serialize, xml } from './index.ts'

test('smoke', () => {
  const m = el(
    'message',
    'jabber:client',
    { to: 'a', id: undefined, 'xml:lang': 'en', '{urn:x}y': "'1'" },
    el('body', 'jabber:client', {}, 'a<b'),
    el('x', 'urn:y'),
  )
  expect(serialize(m, 'jabber:client')).toBe(
    "<message to='a' xml:lang='en' xmlns:ns0='urn:x' ns0:y='&apos;1&apos;'><body>a&lt;b</body><x xmlns='urn:y'/></message>",
  )
  expect(m.withAttributes({ to: 'b' }).toString()).toContain("to='b'")
})
test('template', () => {
  const e = xml`<message xmlns='jabber:client' to=${'a"b'}>
    <body>${'<&'}</body>
    ${el('x', 'urn:y')}
  </message>`
  expect(e.toString()).toBe(
    "<message xmlns='jabber:client' to='a&quot;b'><body>&lt;&amp;</body><x xmlns='urn:y'/></message>",
  )
})
