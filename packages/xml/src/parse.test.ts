import { expect, test } from 'vitest'
import { type Element, el, parseStartTag, parseXml, XmlError, XmlParser, xml } from './index.ts'

test('parseXml(): one element with white space around', () => {
  expect(parseXml("<?xml version='1.0'?>\n<a x='1'>b</a>\n")).toEqual(el('a', '', { x: '1' }, 'b'))
})

test.each(['', ' ', '<a>', '<a/><b/>', '<a/>x', 'x<a/>', '<a/></a>', '<a', '<a>\ud800</a>', '<a>]]></a>'])(
  '%j is no document',
  (text) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ name: 'XmlError', code: 'not-well-formed' }))
  },
)

test.each([
  ['<!DOCTYPE a><a/>', 'restricted-xml'],
  ['<a><!-- --></a>', 'restricted-xml'],
  ['<a>&b;</a>', 'restricted-xml'],
  ['<p:a/>', 'bad-namespace-prefix'],
  ["<?xml version='1.0' encoding='latin1'?><a/>", 'unsupported-encoding'],
])('%s: %s', (text, code) => {
  expect(() => parseXml(text)).toThrow(expect.objectContaining({ code }))
})

test('XML 1.0 §2.3: a name is one by its fourth edition too, so that no receiver refuses what passed here', () => {
  for (const name of ['\u2c00', 'a\u2c00', '\u{10000}', 'a\u{10000}', 'x:\u218c']) {
    const element = `<${name} ${name}='' xmlns:x='u'/>`
    expect(() => parseXml(element)).toThrow(expect.objectContaining({ code: 'not-well-formed' }))
  }
  for (const name of ['élan', '名前', 'имя', 'a\u0300', 'a·b']) expect(parseXml(`<${name}/>`).name).toBe(name)
})

test('Namespaces in XML 1.0 §2.2: a namespace is a URI; what is none would break receivers that join names', () => {
  for (const character of ['}', '{', ' ', '&#10;', '&#9;', '|', '^', '&lt;', '>', '"', '`', '\\', '\u007f']) {
    for (const attribute of ['xmlns', 'xmlns:p']) {
      expect(() => parseXml(`<a ${attribute}='urn:${character}'/>`)).toThrow(
        expect.objectContaining({ code: 'not-well-formed' }),
      )
    }
  }
  const unusual = "urn:!#$%&'()*+,-./09:;=?@AZ[]_az~é"
  expect(parseXml(`<a xmlns="${unusual.replace('&', '&amp;')}"/>`).namespace).toBe(unusual)
})

test('prefixes in force are bounded: each look-up passes them', () => {
  const nested = (depth: number) => {
    const declarations = Array.from({ length: 90 }, (_, index) => ` xmlns:p${index}='u'`).join('')
    return `<a${declarations}>`.repeat(depth) + '</a>'.repeat(depth)
  }
  expect(parseXml(nested(2)).elements()).toHaveLength(1)
  expect(() => parseXml(nested(3))).toThrow(expect.objectContaining({ code: 'limit-exceeded' }))
})

test('limits given to parseXml()', () => {
  const limits = {
    maxBytes: 20,
    maxDepth: 2,
    maxAttributes: 1,
    maxNameLength: 5,
    maxNamespaceLength: 5,
    maxChildren: 2,
  }
  expect(parseXml('<a><b/><b/></a>', limits).children).toHaveLength(2)
  for (const text of [
    '<a>xxxxxxxxxxxxxx</a>',
    '<a><b><c/></b></a>',
    "<a b='' c=''/>",
    '<abcdef/>',
    "<a xmlns='abcdef'/>",
    '<a><b/><b/><b/></a>',
  ]) {
    expect(() => parseXml(text, limits)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }))
  }
})

test('XmlParser: an open root delivers its children one by one', () => {
  const events: string[] = []
  const parser = new XmlParser(
    {
      open: (root, qualifiedName, namespace) => events.push(`open ${root.name} ${qualifiedName} ${namespace}`),
      element: (element) => events.push(element.toString()),
      close: () => events.push('close'),
    },
    { open: true },
  )
  for (const character of "<s:r xmlns:s='u' xmlns='v'><a>1</a> <b/></s:r>") parser.write(character)
  expect(events).toEqual(['open r s:r v', "<a xmlns='v'>1</a>", "<b xmlns='v'/>", 'close'])
  expect(parser.complete).toBe(true)
})

test('XmlParser: after reset() another document', () => {
  const elements: Element[] = []
  const parser = new XmlParser({ element: (element) => elements.push(element) })
  parser.write('<a/>')
  expect(parser.complete).toBe(true)
  parser.reset()
  expect(parser.blank).toBe(true)
  parser.write('<b')
  expect(parser.complete || parser.blank).toBe(false)
  parser.reset()
  parser.write('<c/>')
  expect(elements.map((element) => element.name)).toEqual(['a', 'c'])
})

test('xml``: what is put in is escaped', () => {
  const evil = `'"><b/>&`
  const element = xml`<message xmlns='jabber:client' to=${evil} id='${evil}'><body>${evil}</body></message>`
  expect(element).toEqual(el('message', 'jabber:client', { to: evil, id: evil }, el('body', 'jabber:client', {}, evil)))
})

test('xml``: what is put into an attribute stays in it, also behind a > in quotes', () => {
  const evil = "' b='1"
  expect(xml`<a c='x > ${evil}' d="y > '" e=${evil}>${evil}<f g=${evil}/></a>`).toEqual(
    el('a', '', { c: `x > ${evil}`, d: "y > '", e: evil }, evil, el('f', '', { g: evil })),
  )
})

test.each(["<b> it's ", 'say "1', "<b c='"])('xml``: what stands behind CDATA is no attribute: %j', (text) => {
  const template = Object.assign([`<a><![CDATA[${text}]]>`, '</a>'], { raw: [] })
  expect(xml(template, el('f', ''))).toEqual(el('a', '', {}, text, el('f', '')))
})

test('xml``: elements, lists, numbers, nothing; indentation is left out', () => {
  const items = ['a', 'b'].map((jid) => el('item', 'u', { jid }))
  const element = xml`
    <query xmlns='u' max=${3}>
      ${items}
      ${undefined}${false}
      <text> kept </text>
    </query>`
  expect(element).toEqual(el('query', 'u', { max: '3' }, ...items, el('text', 'u', {}, ' kept ')))
})

test('xml``: an element without a namespace stays without one', () => {
  expect(xml`<a xmlns='u'>${el('b', '')}</a>`).toEqual(el('a', 'u', {}, el('b', '')))
})

test("XML 1.0 §2.8: a document of another version 1.x is read as one of 1.0, without that version's characters", () => {
  expect(parseXml("<?xml version='1.1'?><a>\u0085\u2028</a>").text()).toBe('\u0085\u2028')
  for (const wrong of ["<?xml version='1.1'?><a>&#1;</a>", "<?xml version='2.0'?><a/>", "<?xml version='1.'?><a/>"])
    expect(() => parseXml(wrong), wrong).toThrow(expect.objectContaining({ code: 'not-well-formed' }))
})

test('XML 1.0 §3, element type match: an element is not delivered when its end tag has another name', () => {
  for (const pieces of [['<r><a></ab>'], ...[['<r><a></a', 'b>'], ['<r><a></ab', '>'], [...'<r><a></ab>']]]) {
    const names: string[] = []
    const parser = new XmlParser({ element: ({ name }) => names.push(name) }, { open: true })
    expect(() => {
      for (const piece of pieces) parser.write(piece)
    }).toThrow(expect.objectContaining({ code: 'not-well-formed' }))
    expect(names).toEqual([])
  }
})

test('an element is delivered before what is wrong behind it is raised', () => {
  for (const wrong of ['\u0001', 'x', '&', '<!', '&#32;<', '</x>', '<b a="1" a="2"/>', '<![CDATA[ ]]>']) {
    const names: string[] = []
    const parser = new XmlParser({ element: ({ name }) => names.push(name) }, { open: true })
    expect(() => parser.write(`<r><a>1</a>${wrong}<!`)).toThrow(XmlError)
    expect(names).toEqual(['a'])
  }
})

test('a sink may feed another parser', () => {
  const names: string[] = []
  const inner = new XmlParser({ element: ({ name }) => names.push(name) }, { open: true })
  inner.write('<r>')
  const outer = new XmlParser({ element: ({ name }) => inner.write(`<in-${name}/>`) }, { open: true })
  outer.write('<r><a/><b></b><c/>')
  expect(names).toEqual(['in-a', 'in-b', 'in-c'])
})

test('parseStartTag(): what the attributes of a written element say, whatever is in it', () => {
  const attributes = { id: '/', '{urn:x}y': '>', 'xml:lang': 'en' }
  for (const children of [[], ['text'], [el('b', 'urn:b')]])
    expect(parseStartTag(el('a', 'urn:a', attributes, ...children).toString())).toEqual(el('a', 'urn:a', attributes))
  expect(parseStartTag("<a id='1'><b>&nothing;").attribute('id')).toBe('1')
  for (const text of ['', 'a', '<a', '</a>']) expect(() => parseStartTag(text)).toThrow(XmlError)
})
