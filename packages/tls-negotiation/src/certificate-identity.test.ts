import { expect, test } from 'vitest'
import { clientIdentities, matchesDomain } from './certificate-identity.ts'
import { parseSubjectAltName } from './subject-alternative-names.ts'

test.each([
  // RFC 9525 §6.3: case-insensitive, whole labels
  ['DNS:example.org', 'example.org', true],
  ['DNS:Example.ORG', 'example.org', true],
  ['DNS:example.org', 'chat.example.org', false],
  ['DNS:example.org', 'badexample.org', false],
  ['DNS:example.org.', 'example.org', true],
  // RFC 9525 §6.3: the wildcard is the complete leftmost label and stands for one label
  ['DNS:*.example.org', 'chat.example.org', true],
  ['DNS:*.example.org', 'example.org', false],
  ['DNS:*.example.org', 'a.b.example.org', false],
  ['DNS:c*.example.org', 'chat.example.org', false],
  ['DNS:chat.*.org', 'chat.example.org', false],
  ['DNS:*.org', 'example.org', false],
  ['DNS:*', 'example', false],
  ['DNS:*.*.org', 'a.example.org', false],
  ['DNS:*.example.org', '*.example.org', false],
  // RFC 6120 §13.7.1.2.1, RFC 4985: SRVName for this service only
  ['othername:SRVName:_xmpp-client.example.org', 'example.org', true],
  ['othername:SRVName:_xmpp-server.example.org', 'example.org', false],
  ['othername:SRVName:_xmpp-client.example.org', 'chat.example.org', false],
  // RFC 6120 §13.7.2.1: XmppAddr as reference identifier
  ['othername:XmppAddr:example.org', 'example.org', true],
  ['othername:XmppAddr:juliet@example.org', 'example.org', false],
  ['othername:XmppAddr:example.org/x', 'example.org', false],
  // RFC 9525 §6.5: IP addresses only by iPAddress
  ['IP Address:192.0.2.1', '192.0.2.1', true],
  ['DNS:192.0.2.1', '192.0.2.1', false],
  ['IP Address:2001:DB8:0:0:0:0:0:1', '[2001:db8::1]', true],
  ['IP Address:2001:DB8:0:0:0:0:0:2', '[2001:db8::1]', false],
  ['', 'example.org', false],
  ['DNS:', '', false],
])('RFC 9525 §6, RFC 6120 §13.7.2.1: %s names %s: %s', (text, domain, matches) => {
  expect(matchesDomain(parseSubjectAltName(text), domain)).toBe(matches)
})

test('RFC 4985: between servers the SRVName is that of _xmpp-server', () => {
  const names = parseSubjectAltName('othername:SRVName:_xmpp-server.example.org')
  expect(matchesDomain(names, 'example.org', 'server')).toBe(true)
})

test('RFC 9525 §6.3: internationalized names are compared in ASCII form', () => {
  expect(matchesDomain(parseSubjectAltName('DNS:xn--bcher-kva.example'), 'bücher.example')).toBe(true)
  expect(matchesDomain(parseSubjectAltName('DNS:*.xn--bcher-kva.example'), 'chat.bücher.example')).toBe(true)
  expect(matchesDomain(parseSubjectAltName('DNS:bucher.example'), 'bücher.example')).toBe(false)
})

test('RFC 6120 §13.7.2.2.1 sub-cases #1 to #3: only XmppAddrs of this domain name a client', () => {
  const names = parseSubjectAltName(
    'othername:XmppAddr:juliet@example.org, othername:XmppAddr:romeo@example.net, DNS:example.org, ' +
      'othername:XmppAddr:example.org, othername:XmppAddr:Nurse@EXAMPLE.org/x, othername:XmppAddr:@@',
  )
  expect(clientIdentities(names, 'example.org').map(String)).toEqual(['juliet@example.org', 'nurse@example.org'])
  expect(clientIdentities(names, 'example.com')).toEqual([])
})
