import { expect, test } from 'vitest'
import { AttributeRecord, beginningOf, copyElement, copyString, Element, el, serialize, XmlError } from './index.ts'

const message = el(
  'message',
  'jabber:client',
  { to: 'a', id: undefined, 'xml:lang': 'en' },
  el('body', 'jabber:client', {}, 'one'),
  ' ',
  undefined,
  false,
  el('body', 'urn:other', {}, 'other'),
  el('body', 'jabber:client', { 'xml:lang': 'de' }, 'zwei'),
)

test('attribute(), and names that objects inherit', () => {
  expect(message.attribute('to')).toBe('a')
  expect(message.attribute('id')).toBeUndefined()
  expect(Object.keys(message.attributes)).toEqual(['to', 'xml:lang'])
  expect(message.attribute('toString')).toBeUndefined()
  expect(new Element('a', '', {}, []).attribute('constructor')).toBeUndefined()
  expect(el('a', '', { ['__proto__']: 'x' }).attribute('__proto__')).toBe('x')
})

test('is(), child(), childText(), childrenNamed(), elements(), text()', () => {
  expect(message.is('message')).toBe(true)
  expect(message.is('message', 'jabber:server')).toBe(false)
  expect(message.child()?.text()).toBe('one')
  expect(message.child('body')?.text()).toBe('one')
  expect(message.child('body', 'urn:other')?.text()).toBe('other')
  expect(message.child(undefined, 'urn:other')?.text()).toBe('other')
  expect(message.child('other')).toBeUndefined()
  expect(message.childText('body')).toBe('one')
  expect(message.childText('subject')).toBeUndefined()
  expect(message.childrenNamed('body').map((child) => child.text())).toEqual(['one', 'zwei'])
  expect(message.elements()).toHaveLength(3)
  expect(message.text()).toBe(' ')
  expect(el('a', '', {}, 'x', el('b', ''), 'y').text()).toBe('xy')
})

test('withAttributes() changes, adds and removes; the original stays', () => {
  const other = message.withAttributes({ to: 'b', from: 'c', 'xml:lang': undefined })
  expect({ ...other.attributes }).toEqual({ to: 'b', from: 'c' })
  expect({ ...message.attributes }).toEqual({ to: 'a', 'xml:lang': 'en' })
  expect(other.children).toBe(message.children)
})

test('elements of one payload for many addresses are serialized as any other', () => {
  const copies = ['x', 'y', 'z'].map((to) => message.withAttributes({ to }))
  for (const copy of copies) {
    const fresh = new Element(copy.name, copy.namespace, copy.attributes, copy.children)
    expect(copy.toString()).toBe(fresh.toString())
  }
  expect(message.withNamespace('jabber:client', 'jabber:server').toString()).toContain("<message xmlns='jabber:server'")
})

test('withChildren()', () => {
  expect(message.withChildren(['x']).toString()).toBe("<message xmlns='jabber:client' to='a' xml:lang='en'>x</message>")
  expect(() => message.withChildren(['\0'])).toThrow(XmlError)
})

test('withLastChild() is serialized like every other, before and after the element that it was made of', () => {
  const id = el('id', 'urn:i', { n: '1' })
  const other = el('id', 'jabber:client', { n: '2' })
  for (const children of [[], ['a&b'], [el('body', 'jabber:client', {}, 'x'), 'y', el('z', 'urn:z')]]) {
    const plain = new Element('message', 'jabber:client', message.attributes, children)
    const [one, two] = [plain.withLastChild(id), plain.withLastChild(id).withLastChild(other)]
    const expected = (...added: Element[]) =>
      new Element('message', 'jabber:client', message.attributes, [...children, ...added])
    for (const parent of ['jabber:client', '', 'urn:i'])
      for (const prefixes of [undefined, { 'urn:i': 'i' }]) {
        expect(serialize(two, parent, prefixes)).toBe(serialize(expected(id, other), parent, prefixes))
        expect(serialize(plain, parent, prefixes)).toBe(serialize(expected(), parent, prefixes))
        expect(serialize(one, parent, prefixes)).toBe(serialize(expected(id), parent, prefixes))
      }
    expect(one.withAttributes({ to: 'b' }).toString()).toBe(expected(id).withAttributes({ to: 'b' }).toString())
  }
})

test('RFC 6120 §4.8.3: re-scoping ends where another namespace begins', () => {
  const forwarded = el('forwarded', 'urn:f', {}, el('message', 'jabber:client'))
  const stanza = el('message', 'jabber:client', {}, el('body', 'jabber:client', {}, 'x'), forwarded)
  expect(stanza.withNamespace('jabber:client', 'jabber:server').toString()).toBe(
    "<message xmlns='jabber:server'><body>x</body><forwarded xmlns='urn:f'><message xmlns='jabber:client'/></forwarded></message>",
  )
  expect(stanza.withNamespace('jabber:server', 'jabber:client')).toBe(stanza)
})

test.each([
  ['element name', () => el('a b', '')],
  ['element name with a prefix', () => el('a:b', '')],
  ['empty name', () => el('', '')],
  ['attribute name', () => el('a', '', { "b='1' c": '' })],
  ['attribute called xmlns', () => el('a', '', { xmlns: 'u' })],
  ['declaration as an attribute', () => el('a', '', { 'xmlns:p': 'u' })],
  ['changed attribute', () => message.withAttributes({ '<': '' })],
])('an illegal name is refused: %s', (_, build) => {
  expect(build).toThrow(expect.objectContaining({ name: 'XmlError', code: 'illegal-name' }))
})

test.each(['\0', '\u0008', '\u000b', '\u001f', '\ufffe', '\uffff', '\ud800', 'x\udc00y'])(
  'XML 1.0 §2.2: %j is refused',
  (text) => {
    const refused = expect.objectContaining({ code: 'illegal-character' })
    expect(() => el('a', '', {}, text)).toThrow(refused)
    expect(() => el('a', '', { b: text })).toThrow(refused)
    expect(() => el('a', text)).toThrow(refused)
    expect(() => new Element('a', '', {}, [text]).toString()).toThrow(refused)
    expect(() => new Element('a', '', { b: text }, []).toString()).toThrow(refused)
  },
)

test('names of other scripts are names', () => {
  expect(el('élan', '', { 名: '1' }).toString()).toBe("<élan 名='1'/>")
})

test('copyElement() and copyString() keep everything', () => {
  expect(copyElement(message)).toEqual(message)
  expect(copyElement(message).toString()).toBe(message.toString())
  for (const text of ['', 'short', 'a string longer than a slice', '☂'.repeat(20)]) expect(copyString(text)).toBe(text)
})

test('AttributeRecord has no inherited names', () => {
  const record = new AttributeRecord()
  expect('toString' in record).toBe(false)
})

test('the beginning of a text ends with a whole character', () => {
  expect(['', 'ab', 'abc', 'ab💘', 'a💘b', '💘'].map((text) => beginningOf(text, 3))).toEqual([
    ...['', 'ab', 'abc', 'ab', 'a💘', '💘'],
  ])
})
