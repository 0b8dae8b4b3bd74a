import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSubjectAltName } from './subject-alternative-names.ts'

// As Node 26 printed a certificate made with OpenSSL 3.
const PRINTED =
  'DNS:example.org, DNS:*.example.org, othername:XmppAddr:juliet@example.org, othername:XmppAddr:jÃ¼lia@example.org, ' +
  'othername:SRVName:_xmpp-client.example.org, othername:"XmppAddr:evil\\u002c DNS:victim.example", ' +
  'IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, URI:"https://a.example/?x=1\\u002c DNS:victim.example", ' +
  'othername:<unsupported>, email:a@example.org'

test('RFC 6120 §13.7.1.2: dNSName, SRVName, XmppAddr and addresses are read from what Node prints', () => {
  expect(parseSubjectAltName(PRINTED)).toEqual([
    { type: 'dns', value: 'example.org' },
    { type: 'dns', value: '*.example.org' },
    { type: 'xmpp-address', value: 'juliet@example.org' },
    { type: 'xmpp-address', value: 'jülia@example.org' },
    { type: 'srv-name', value: '_xmpp-client.example.org' },
    { type: 'xmpp-address', value: 'evil, DNS:victim.example' },
    { type: 'ip', value: '192.0.2.1' },
    { type: 'ip', value: '2001:DB8:0:0:0:0:0:1' },
  ])
})

test('RFC 6120 §13.7.1.4: an XmppAddr is UTF-8, which Node prints octet by octet as Latin-1', () => {
  const printed = String.fromCharCode(...new TextEncoder().encode('日本@例え.example'))
  expect(parseSubjectAltName(`othername:XmppAddr:${printed}`)).toEqual([
    { type: 'xmpp-address', value: '日本@例え.example' },
  ])
})

test('CVE-2021-44532: a name with ", DNS:" inside adds no entry', () => {
  expect(parseSubjectAltName('URI:"http://x/\\u002c DNS:victim.example"')).toEqual([])
  expect(parseSubjectAltName('othername:"SRVName:a\\u002c DNS:victim.example", DNS:a.example')).toEqual([
    { type: 'srv-name', value: 'a, DNS:victim.example' },
    { type: 'dns', value: 'a.example' },
  ])
})

test.each([
  [undefined, []],
  ['', []],
  ['DNS', []],
  ['DNS:"unfinished', []],
  ['DNS:"bad\\escape", DNS:a.example', [{ type: 'dns', value: 'a.example' }]],
  ['__proto__:x', []],
  ['othername:constructor:x', []],
  ['othername:XmppAddr::a@example.org', [{ type: 'xmpp-address', value: 'a@example.org' }]],
])('text %j is read as %j', (text, names) => {
  expect(parseSubjectAltName(text)).toEqual(names)
})

test('any text is read without a throw, and only into known kinds', () => {
  const kinds = new Set(['dns', 'ip', 'xmpp-address', 'srv-name'])
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'DNS:"\\, othername:XmppAddr'), maxLength: 60 }), (text) =>
      parseSubjectAltName(text).every((name) => kinds.has(name.type)),
    ),
  )
})
