import { expect, test } from 'vitest'
import { eventsOf, everyFeeding } from '../test/events.ts'
import { bytes, check, HEADER, inStream, OPEN, refused, STREAMS } from './stream-parser.fixture.ts'

const join = (...parts: (string | Uint8Array)[]) =>
  new Uint8Array(parts.flatMap((part) => [...(typeof part === 'string' ? new TextEncoder().encode(part) : part)]))

test('RFC 6120 §4.7: the header with all its attributes, stanzas and the footer', () => {
  const header = `<?xml version='1.0' encoding="utf-8"?>\n<stream:stream from='a@b' to="example.com" id='&lt;x&gt;' version='1.0' xml:lang='de' xmlns='jabber:server' ${STREAMS}>`
  check(`${header} <message><body>Grüße ☂ 🎭</body></message>\n<presence/></stream:stream>`, [
    'header {"from":"a@b","to":"example.com","id":"<x>","version":"1.0","lang":"de","namespace":"jabber:server"}',
    "element <message xmlns='jabber:server'><body>Grüße ☂ 🎭</body></message>",
    "element <presence xmlns='jabber:server'/>",
    'footer',
  ])
})

test('RFC 6120 §4.8.2: prefix-free canonicalization', () => {
  check("<stream xmlns='http://etherx.jabber.org/streams'><message xmlns='jabber:client'/><error/></stream>", [
    HEADER,
    "element <message xmlns='jabber:client'/>",
    "element <error xmlns='http://etherx.jabber.org/streams'/>",
    'footer',
  ])
})

test('RFC 6120 §4.4: nothing is read after the footer', () => {
  inStream('</stream:stream><presence/>&', 'footer')
  check(`<stream:stream xmlns='jabber:client' ${STREAMS}/>x`, [HEADER, 'footer'])
})

test.each([
  [
    'RFC 6120 §4.9.1.2: wrong stream namespace',
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://wrong.namespace.example.org/'>",
    'invalid-namespace',
  ],
  [
    'RFC 6120 §4.9.3.10: unknown content namespace',
    `<stream:stream xmlns='jabber:other' ${STREAMS}>`,
    'invalid-namespace',
  ],
  ['RFC 6120 §4.9.3.10: no content namespace', `<stream:stream ${STREAMS}>`, 'invalid-namespace'],
  ['RFC 6120 §4.8.1: no namespace at all', '<stream>', 'invalid-namespace'],
  [
    'RFC 6120 §4.9.3.2: another prefix for the stream namespace',
    "<foobar:stream xmlns='jabber:client' xmlns:foobar='http://etherx.jabber.org/streams'>",
    'bad-namespace-prefix',
  ],
  ['RFC 6120 §4.2: another root', `<stream:features xmlns='jabber:client' ${STREAMS}>`, 'bad-format'],
  ['Namespaces in XML §6: undeclared prefix of the header', "<stream:stream xmlns='jabber:client'>", 'not-well-formed'],
  [
    'RFC 6120 §4.9.3.22: another encoding in the declaration',
    "<?xml version='1.0' encoding='UTF-16'?>",
    'unsupported-encoding',
  ],
  ['RFC 6120 §4.9.3.22: ISO-8859-1', '<?xml version="1.0" encoding="ISO-8859-1" ?>', 'unsupported-encoding'],
  ['XML 1.0 §2.8: a malformed declaration', "<?xml encoding='UTF-8'?>", 'not-well-formed'],
  ['XML 1.0 §2.8: a second declaration', "<?xml version='1.0'?><?xml version='1.0'?>", 'restricted-xml'],
  ['XML 1.0 §2.8: a declaration after white space', " <?xml version='1.0'?>", 'restricted-xml'],
  ['RFC 6120 §11.1: a processing instruction', "<?xml-stylesheet href='a'?>", 'restricted-xml'],
  ['RFC 6120 §11.1: a document type', '<!DOCTYPE a>', 'restricted-xml'],
  ['RFC 6120 §11.1: billion laughs', '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>', 'restricted-xml'],
  ['RFC 6120 §11.1: a comment', '<!-- -->', 'restricted-xml'],
  ['RFC 6120 §11.6: U+FEFF is no byte order mark but text', '\ufeff<stream/>', 'not-well-formed'],
  ['text before the header', 'GET / HTTP/1.1\r\n', 'not-well-formed'],
  ['an end tag first', '</stream:stream>', 'not-well-formed'],
])('%s', (_, input, condition) => check(input, [`error ${condition}`]))

test('RFC 6120 §11.5: standalone is ignored', () => {
  check(`<?xml version='1.0' standalone='no' ?>${OPEN}`, [HEADER])
})

test('RFC 6120 §11.6: UTF-16 and UTF-8 that is no UTF-8', () => {
  check(bytes(0xff, 0xfe, 0x3c, 0), ['error unsupported-encoding'])
  check(bytes(0xfe, 0xff, 0, 0x3c), ['error unsupported-encoding'])
  check(bytes(0, 0x3c, 0, 0x3f), ['error unsupported-encoding'])
  for (const bad of [
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0x80],
    [0xe2, 0x28, 0xa1],
    [0xff],
    [0xf0, 0x9f, 0x3c],
  ]) {
    // A piece with bad octets is refused as a whole, so how much before them is seen depends on the pieces.
    for (const pieces of everyFeeding(join('<message><body>', bytes(...bad), '</body></message>'))) {
      expect(eventsOf([OPEN, ...pieces])).toEqual([HEADER, 'error unsupported-encoding'])
    }
  }
})

test('RFC 6120 §11.7: white space between stanzas', () => {
  inStream(
    ' \t\r\n<presence/>\n\n<presence/> ',
    "element <presence xmlns='jabber:client'/>",
    "element <presence xmlns='jabber:client'/>",
  )
})

test.each(['x', '&amp;', ' x<presence/>', '<![CDATA[x]]>', '\u00a0', '\ufeff'])(
  'RFC 6120 §11.7: %j between stanzas',
  (text) => {
    refused(text, 'invalid-xml')
  },
)

test.each([
  ['a comment', '<message><!--<subject/>--></message>'],
  ['a comment between stanzas', '<!-- -->'],
  ['a processing instruction', '<message><?php ?></message>'],
  ['a declaration in the stream', "<?xml version='1.0'?>"],
  ['a document type', '<!DOCTYPE x>'],
  ['an entity of its own', '<message>&a;</message>'],
  ['an entity in an attribute', "<message to='&xxe;'/>"],
])('RFC 6120 §11.1: %s', (_, content) => refused(content, 'restricted-xml'))

test.each([
  ['mismatched end tag', '<message><body></message>'],
  ['end tag with more name', '<a></ab>'],
  ['end tag with attributes', "<a></a b='c'>"],
  ['undeclared prefix (RFC 6120 §4.9.3.13)', '<message><foo:body>What is this foo?</foo:body></message>'],
  ['undeclared prefix of an attribute', "<message foo:bar='1'/>"],
  ['attribute given twice', "<message to='a' to='b'/>"],
  ['attribute given twice by namespace', "<message xmlns:a='u' xmlns:b='u' a:x='1' b:x='2'/>"],
  ['default namespace declared twice', "<message xmlns='a' xmlns='b'/>"],
  ['prefix declared twice', "<message xmlns:p='a' xmlns:p='b'/>"],
  ["xmlns:p=''", "<message xmlns:p=''/>"],
  ['xml bound to another namespace', "<message xmlns:xml='urn:x'/>"],
  ['another prefix bound to the namespace of xml', "<message xmlns:x='http://www.w3.org/XML/1998/namespace'/>"],
  ['xmlns declared', "<message xmlns:xmlns='urn:x'/>"],
  ['the namespace of xmlns bound', "<message xmlns:x='http://www.w3.org/2000/xmlns/'/>"],
  ['the namespace of xmlns as the default', "<message xmlns='http://www.w3.org/2000/xmlns/'/>"],
  ['element with prefix xmlns', '<xmlns:a/>'],
  ['two colons', "<a:b:c xmlns:a='u'/>"],
  ['colon first', '<:a/>'],
  ['colon last', "<a: xmlns:a='u'/>"],
  ['name that begins with a digit', '<1a/>'],
  ['name with a forbidden character', '<a\u00d7/>'],
  ['space before the name', '< a/>'],
  ['less-than in an attribute', "<a b='<'/>"],
  ['attribute without value', '<a b/>'],
  ['attribute without quotes', '<a b=c/>'],
  ['no space between attributes', "<a b='c'd='e'/>"],
  ['slash inside', "<a / b='c'>"],
  [']]> in text', '<a>x]]>y</a>'],
  [']]> after a section', '<a><![CDATA[x]]>]]></a>'],
  ['bare ampersand', '<a>a & b</a>'],
  ['ampersand at the end of text', '<a>a &</a>'],
  ['ampersand before markup', '<a>&<b>;</b></a>'],
  ['endless reference', `<a>&${'a'.repeat(64)};</a>`],
  ['bare ampersand in an attribute', "<a b='a & b'/>"],
  ['unfinished reference in an attribute', "<a b='&amp'/>"],
  ['empty reference', '<a>&;</a>'],
  ['&#0;', '<a>&#0;</a>'],
  ['&#1;', "<a b='&#1;'/>"],
  ['&#xD800;', '<a>&#xD800;</a>'],
  ['&#xFFFE;', '<a>&#xFFFE;</a>'],
  ['&#x110000;', '<a>&#x110000;</a>'],
  ['&#x;', '<a>&#x;</a>'],
  ['&#xg;', '<a>&#xg;</a>'],
  ['U+0001 in text', '<a>\u0001</a>'],
  ['U+0001 in an attribute', "<a b='\u0001'/>"],
  ['U+0000 in a section', '<a><![CDATA[\u0000]]></a>'],
  ['U+FFFE in text', '<a>\ufffe</a>'],
  ['U+FFFF in an attribute', "<a b='\uffff'/>"],
  ['U+FFFF in a section', '<a><![CDATA[\uffff]]></a>'],
])('RFC 6120 §11.3: %s is not well-formed', (_, content) => refused(content, 'not-well-formed'))

test('RFC 6120 §4.8.5: namespaces of the header do not leak, prefixes are resolved', () => {
  const header = `<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' ${STREAMS}>`
  check(
    `${header}<db:result to='a'>key</db:result><foo:message xmlns:foo='jabber:server'><foo:body db:x='1'/></foo:message>`,
    [
      'header {"namespace":"jabber:server","dialback":true}',
      "element <result xmlns='jabber:server:dialback' to='a'>key</result>",
      "element <message xmlns='jabber:server'><body xmlns:ns0='jabber:server:dialback' ns0:x='1'/></message>",
    ],
  )
})

test('XEP-0220 §2.4.1: the header tells of dialback by its declaration, whatever the prefix', () => {
  const header = (declarations: string) => `<stream:stream xmlns='jabber:server' ${declarations} ${STREAMS}>`
  const dialback = 'header {"namespace":"jabber:server","dialback":true}'
  check(header("xmlns:db='jabber:server:dialback'"), [dialback])
  check(header("xmlns:a='urn:a' xmlns:dialback='jabber:server:dialback' xmlns:b='urn:b'"), [dialback])
  for (const other of ["xmlns:db='jabber:server:dialback:'", "db='jabber:server:dialback'", "xmlns:db='urn:db'", '']) {
    check(header(other), ['header {"namespace":"jabber:server"}'])
  }
})

test('contentNamespaces: others may be supported', () => {
  const open = `<stream:stream xmlns='jabber:component:accept' ${STREAMS}>`
  check(open, ['header {"namespace":"jabber:component:accept"}'], { contentNamespaces: ['jabber:component:accept'] })
  check(OPEN, ['error invalid-namespace'], { contentNamespaces: ['jabber:server'] })
})
