import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Element, el, escapeAttribute, escapeText, parseXml, serialize, type XmlNode } from './index.ts'

test('xmlns only where it differs from the parent', () => {
  const element = el('a', 'u', {}, el('b', 'u', {}, el('c', 'v', {}, el('d', 'u'))), el('e', ''))
  expect(serialize(element)).toBe("<a xmlns='u'><b><c xmlns='v'><d xmlns='u'/></c></b><e xmlns=''/></a>")
  expect(serialize(element, 'u')).toBe("<a><b><c xmlns='v'><d xmlns='u'/></c></b><e xmlns=''/></a>")
})

test('a prefix known to the reader is used for elements and attributes', () => {
  const prefixes = { 'urn:s': 'stream' }
  const element = el('features', 'urn:s', { '{urn:s}x': '1' }, el('a', 'jabber:client'), el('b', 'urn:s'), 'text')
  expect(serialize(element, 'jabber:client', prefixes)).toBe(
    "<stream:features stream:x='1'><a/><stream:b/>text</stream:features>",
  )
})

test.each(['constructor', '__proto__', 'toString', 'valueOf'])(
  'a namespace called %s has no prefix but those given',
  (name) => {
    const read = parseXml(`<a xmlns='u'><b xmlns='${name}' xmlns:p='${name}' p:c='1'>text</b></a>`)
    const written = serialize(read, 'u', { 'urn:s': 'stream' })
    expect(written).toBe(`<a><b xmlns='${name}' xmlns:ns0='${name}' ns0:c='1'>text</b></a>`)
    expect(parseXml(serialize(read, '', { 'urn:s': 'stream' }))).toEqual(read)
  },
)

test('attributes in namespaces get prefixes of their own, never one that is taken', () => {
  const element = el('a', '', { '{urn:x}p': '1', plain: '2', '{urn:y}q': '3', '{urn:x}r': '4' })
  expect(serialize(element)).toBe("<a xmlns:ns0='urn:x' ns0:p='1' plain='2' xmlns:ns1='urn:y' ns1:q='3' ns0:r='4'/>")
  expect(serialize(element, '', { 'urn:other': 'ns0' })).toContain("xmlns:ns1='urn:x'")
})

test('Namespaces in XML 1.0 §3: the namespace of `xml` is not declared, but written by its prefix', () => {
  const read = parseXml("<a xmlns='u'><xml:b><c xml:d=''/></xml:b></a>")
  expect(serialize(read)).toBe("<a xmlns='u'><xml:b><c xml:d=''/></xml:b></a>")
  expect(parseXml(serialize(read.child() as Element))).toEqual(read.child())
})

test('escaping', () => {
  expect(escapeText('a&b<c>d\'"\t\n\r🎭')).toBe('a&amp;b&lt;c&gt;d\'"\t\n&#xD;🎭')
  expect(escapeAttribute('a&b<c>d\'"\t\n\r🎭')).toBe('a&amp;b&lt;c&gt;d&apos;&quot;&#x9;&#xA;&#xD;🎭')
  const plain = 'nothing to do ]'
  expect(escapeText(plain)).toBe(plain)
})

const text = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .filter((value) => value.isWellFormed() && !/[^\t\n\r -\ufffd]/.test(value))
const name = fc.constantFrom('a', 'b', 'message', 'x-y', '_', '__proto__')
const namespace = fc.constantFrom('', 'u', 'jabber:client', "urn:'&")
const attributes = fc.dictionary(fc.constantFrom('id', 'to', 'xml:lang', '{u}x', '{v}x', '__proto__'), text, {
  noNullPrototype: false,
})
const { tree } = fc.letrec<{ tree: Element }>((tie) => ({
  tree: fc
    .tuple(name, namespace, attributes, fc.array(fc.oneof({ maxDepth: 4 }, text, tie('tree')), { maxLength: 4 }))
    .map(([local, uri, values, children]) => el(local, uri, values, ...merged(children as XmlNode[]))),
}))

/** Adjacent texts are one node when read back. */
function merged(children: XmlNode[]): XmlNode[] {
  const nodes: XmlNode[] = []
  for (const child of children) {
    const last = nodes.at(-1)
    if (typeof child === 'string' && typeof last === 'string') nodes[nodes.length - 1] = last + child
    else nodes.push(child)
  }
  return nodes
}

test('what is serialized is read back the same', () => {
  fc.assert(
    fc.property(tree, (element) => {
      const read = parseXml(serialize(element))
      expect(read).toEqual(element)
      expect(parseXml(serialize(element.withAttributes({ id: 'new' })))).toEqual(element.withAttributes({ id: 'new' }))
    }),
  )
})

test('what elements have in common is written once, and what they have not, each as it is', () => {
  fc.assert(
    fc.property(tree, tree, fc.boolean(), (element, child, isWrittenBefore) => {
      const stamped = element.withAttributes({ from: 'a' })
      if (isWrittenBefore) serialize(stamped)
      const marked = stamped.withLastChild(child)
      const moved = marked.withAttributes({ from: 'b' })
      for (const each of [marked, stamped, moved, element, marked]) {
        const { name, namespace, attributes, children } = each
        const prefixes = { v: 'v' }
        expect(serialize(each)).toBe(serialize(new Element(name, namespace, attributes, children)))
        expect(serialize(each, '', prefixes)).toBe(
          serialize(new Element(name, namespace, attributes, children), '', prefixes),
        )
      }
    }),
  )
})
