import { createSelfSigned, createTestAuthority, type TestCertificate } from '@parlour/testing/certificates'
import { ago, authority, below, FOR_A } from './federation.fixture.ts'

/** What a server presents, and what the other one says of it. */
export const refused: readonly [string, () => Promise<TestCertificate>, RegExp][] = [
  [
    'expired',
    () => authority.issue({ ...FOR_A, notAfter: ago(1) }),
    /^the certificate expired on \d{4}-\d\d-\d\dT[\d:]+Z$/,
  ],
  [
    'not yet valid',
    () => authority.issue({ ...FOR_A, notBefore: ago(-1) }),
    /^the certificate is not valid before \d{4}-/,
  ],
  [
    'of an authority that is not trusted, without it',
    async () => (await createTestAuthority({ commonName: 'Other' })).issue(FOR_A),
    /^its issuer "Other" is not known here, or an intermediate certificate is missing$/,
  ],
  [
    'of an authority that is not trusted, with it',
    async () => {
      const other = await createTestAuthority({ commonName: 'Other' })
      const { key, certificate, ...made } = await other.issue(FOR_A)
      return { ...made, key, certificate: certificate + other.pem }
    },
    /^its authority "Other" is not trusted here$/,
  ],
  [
    'signed by itself',
    () => createSelfSigned(FOR_A),
    /^the certificate is signed by itself, not by a trusted authority$/,
  ],
  [
    'signed with the key of another authority of the same name',
    async () => (await createTestAuthority({ commonName: 'The authority' })).issue(FOR_A),
    /^its issuer "The authority" is not known here/,
  ],
  [
    'without its intermediate certificate',
    () => below({}, { withIntermediates: false }),
    /^its issuer "Below" is not known here/,
  ],
  [
    'for signing code only',
    () => authority.issue({ ...FOR_A, purposes: ['codeSigning'] }),
    /neither serverAuth nor clientAuth/,
  ],
  [
    'for signing code, and expired',
    () => authority.issue({ ...FOR_A, purposes: ['codeSigning'], notAfter: ago(1) }),
    /^the certificate expired/,
  ],
  ['for servers, and expired', () => authority.issue({ ...FOR_A, notAfter: ago(1) }), /^the certificate expired/],
  [
    'for signing code, and of an authority that is not trusted',
    async () => (await createTestAuthority()).issue({ ...FOR_A, purposes: ['codeSigning'] }),
    /is not known here|neither serverAuth/,
  ],
  [
    'with an intermediate certificate for signing code only',
    () => below({ purposes: ['codeSigning'] }),
    /or one above it may not sign for that/,
  ],
  [
    'with an expired intermediate certificate',
    () => below({ notAfter: ago(1) }),
    /^the certificate of its authority "Below" expired on/,
  ],
  [
    'with an intermediate certificate not yet valid',
    () => below({ notBefore: ago(-1) }),
    /^the certificate of its authority "Below" is not valid before/,
  ],
  [
    'with more authorities than the path length allows (RFC 5280 §4.2.1.9)',
    async () => {
      const first = await authority.intermediate({ pathLength: 0 })
      return (await first.intermediate()).issue(FOR_A)
    },
    /^more authorities are in its chain than one of them allows$/,
  ],
  [
    'with an intermediate that is no authority (RFC 5280 §6.1.4 k)',
    () => below({ isAuthority: false }),
    /or one above it may not sign for that|is signed by one that is not of an authority/,
  ],
  [
    'with an intermediate that may not sign certificates (RFC 5280 §6.1.4 n)',
    () => below({ keyUsage: 'other' }),
    /is not known here|does not include certificate signing/,
  ],
  [
    'for a name that its authority may not sign for (RFC 5280 §4.2.1.10)',
    () => below({ nameConstraints: { permitted: ['b.example'] } }),
    /permitted subtree violation|its names are not among those/,
  ],
  [
    'for a name that is excluded',
    () => below({ nameConstraints: { excluded: ['a.example'] } }),
    /excluded subtree violation|its names are not among those/,
  ],
  [
    'where a second authority widens what the first permits',
    async () => {
      const first = await authority.intermediate({ nameConstraints: { permitted: ['b.example'] } })
      return (await first.intermediate({ nameConstraints: { permitted: ['a.example'] } })).issue(FOR_A)
    },
    /permitted subtree violation|its names are not among those/,
  ],
  [
    'with a critical extension that nobody knows (RFC 5280 §4.2)',
    () => authority.issue({ ...FOR_A, unknownCriticalExtension: true }),
    /unhandled critical extension|demands what is not understood/,
  ],
]
