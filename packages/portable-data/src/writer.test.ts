import { Element, el, XmlError } from '@parlour/xml'
import { expect, test } from 'vitest'
import { PortableDataReader, PortableDataWriter, type PortableEvent, ROSTER } from './index.ts'

const ILLEGAL = 'a\u0000b'
const HOST: PortableEvent = { type: 'host', domain: 'a.example' }
const USER: PortableEvent = { type: 'user', name: 'juliet' }
const ITEM: PortableEvent = {
  type: 'item',
  element: el('item', ROSTER.namespace, { jid: 'b.example' }),
  within: ROSTER,
}

test.each<[string, PortableEvent, readonly PortableEvent[]]>([
  ['a host at the beginning', { type: 'host', domain: ILLEGAL }, []],
  ['a host after another', { type: 'host', domain: ILLEGAL }, [HOST, USER, ITEM]],
  ['a user after another', { type: 'user', name: ILLEGAL }, [HOST, USER, ITEM]],
  ['a password', { type: 'user', name: 'romeo', password: ILLEGAL }, [HOST, USER, ITEM]],
  ['an item', { type: 'item', element: new Element('x', 'urn:x', { y: ILLEGAL }, []) }, [HOST, USER, ITEM]],
])('what XML cannot hold is refused and leaves the document as it was: %s', (_, illegal, before) => {
  const writer = new PortableDataWriter()
  let text = before.map((event) => writer.write(event)).join('')
  expect(() => writer.write(illegal)).toThrow(XmlError)
  const after = before.length === 0 ? [HOST, USER, ITEM] : [ITEM]
  text += after.map((event) => writer.write(event)).join('') + writer.end()
  const reader = new PortableDataReader()
  const events = [...reader.write(text), ...reader.end()]
  expect(events.map(({ type }) => type)).toEqual([
    ...['host', 'user'],
    ...[...before, ...after].flatMap(({ type }) => (type === 'item' ? type : [])),
    ...['user-end', 'host-end'],
  ])
})
