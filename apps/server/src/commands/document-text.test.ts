import { PortableDataReader, type PortableEvent } from '@parlour/portable-data'
import { Element, el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { DocumentText } from './document-text.ts'

const item: PortableEvent = { type: 'item', element: el('x', 'urn:x') }

test('accounts of a domain that XML cannot hold get into no other domain; each is counted', () => {
  const told: string[] = []
  const text = new DocumentText({
    note: (note) => told.push(note.split(' ')[0] ?? ''),
    accountLeft: () => told.push('left'),
    passwordRefused: () => told.push('refused'),
    itemRefused: () => told.push('item refused'),
  })
  const events: readonly PortableEvent[] = [
    { type: 'host', domain: 'a.example' },
    { type: 'user', name: 'romeo' },
    { type: 'host', domain: 'b\u0001' },
    ...[{ type: 'user', name: 'tybalt' } as const, item, { type: 'user-end' } as const],
    ...[{ type: 'user', name: 'nurse\u0001' } as const, item],
    { type: 'host', domain: 'c.example' },
    { type: 'user', name: 'juliet', password: '\u0001' },
    item,
    { type: 'item', element: new Element('x', 'urn:x', {}, ['\u0001']) },
  ]
  const document = events.map((event) => text.write(event)).join('') + text.end()
  const reader = new PortableDataReader()
  expect([...reader.write(document), ...reader.end()].map((event) => JSON.stringify(event))).toEqual([
    '{"type":"host","domain":"a.example"}',
    '{"type":"user","name":"romeo"}',
    ...['{"type":"user-end"}', '{"type":"host-end"}', '{"type":"host","domain":"c.example"}'],
    '{"type":"user","name":"juliet"}',
    expect.stringContaining('"type":"item"'),
    ...['{"type":"user-end"}', '{"type":"host-end"}'],
  ])
  expect(told).toEqual(['b\u0001', 'left', 'left', 'refused', 'juliet@c.example:', 'item refused', 'juliet@c.example:'])
})
