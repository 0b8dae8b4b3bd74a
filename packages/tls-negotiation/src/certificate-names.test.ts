import { createTestAuthority } from '@parlour/testing/certificates'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { certificateNames } from './certificate-names.ts'
import { certificateVerdict } from './certificate-verdict.ts'
import type { SubjectAlternativeName } from './subject-alternative-names.ts'

const dns = (...names: string[]): SubjectAlternativeName[] => names.map((value) => ({ type: 'dns', value }))

test('dNSName, iPAddress, XmppAddr and SRVName are read from DER, in their order (RFC 6120 §13.7.1.2)', async () => {
  const authority = await createTestAuthority()
  const { der } = await authority.issue({
    domains: ['example.org', '*.example.org'],
    addresses: ['192.0.2.1'],
    xmppAddresses: ['jülia@例え.example', 'a, DNS:victim.example'],
    srvNames: ['_xmpp-server.example.org'],
  })
  expect(certificateNames(der)).toEqual([
    ...dns('example.org', '*.example.org'),
    { type: 'ip', value: '192.0.2.1' },
    { type: 'xmpp-address', value: 'jülia@例え.example' },
    { type: 'xmpp-address', value: 'a, DNS:victim.example' },
    { type: 'srv-name', value: '_xmpp-server.example.org' },
  ])
})

test('a certificate without names has none, whatever its common name is (RFC 9525 §2)', async () => {
  const { der } = await (await createTestAuthority()).issue({ commonName: 'example.org' })
  expect(certificateNames(der)).toEqual([])
})

test('what is no certificate, or is cut off or changed anywhere, is read without a throw', async () => {
  const { der } = await (await createTestAuthority()).issue({
    domains: ['example.org'],
    xmppAddresses: ['a@b.example'],
  })
  const whole = certificateNames(der)
  for (let length = 0; length < der.length; length++) expect(certificateNames(der.subarray(0, length))).toEqual([])
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => Array.isArray(certificateNames(octets))))
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.nat(255), (at, octet) => {
      const names = certificateNames(der.map((old, i) => (i === at ? octet : old)))
      return names.length <= whole.length
    }),
    { numRuns: 1_000 },
  )
})

test.each<[string | undefined, SubjectAlternativeName[], ReturnType<typeof certificateVerdict>]>([
  [undefined, dns('example.org'), { verified: true }],
  [undefined, [{ type: 'srv-name', value: '_xmpp-server.example.org' }], { verified: true }],
  [
    undefined,
    [{ type: 'srv-name', value: '_xmpp-client.example.org' }],
    { verified: false, reason: 'the certificate is for _xmpp-client.example.org, not for example.org' },
  ],
  ['it expired', dns('example.org'), { verified: false, reason: 'it expired' }],
  ['it expired', dns('other.example'), { verified: false, reason: 'it expired' }],
  [undefined, [], { verified: false, reason: 'the certificate is for no domain, not for example.org' }],
  [
    undefined,
    dns('a.example', 'b.example', 'c.example', 'd.example', 'e.example', 'f.example', 'g.example'),
    {
      verified: false,
      reason:
        'the certificate is for a.example, b.example, c.example, d.example, e.example and 2 more, not for example.org',
    },
  ],
  [
    undefined,
    dns('a\n\u0000\u202eb', 'x'.repeat(500)),
    { verified: false, reason: `the certificate is for a\ufffd\ufffd\ufffdb, ${'x'.repeat(100)}, not for example.org` },
  ],
])('chain fault %j and names %j make %j', (fault, names, verdict) => {
  expect(certificateVerdict(fault, names, 'example.org')).toEqual(verdict)
})
