import { createSelfSigned, type TestAuthority, type TestCertificate } from '@parlour/testing/certificates'

/** Who issues what in a network of servers. */
export interface Authorities {
  /** The one that every server trusts. */
  readonly trusted: TestAuthority
  /** One that nobody knows. */
  readonly unknown: TestAuthority
}

/** Domains of one kind: each server has one of each. */
export interface Kind {
  /** What Parlour wants of domains of this kind. */
  readonly policy: 'verified' | 'encrypted' | 'dialback'
  /** What that leads to. */
  readonly authentication: RegExp
  /** Makes the certificate of a domain. */
  certificate(domain: string, authorities: Authorities): Promise<TestCertificate>
}

const BOTH = ['serverAuth', 'clientAuth'] as const
const DAY = 86_400_000

/** The first label of a domain, and what it stands for. */
export const KINDS = {
  trusted: {
    policy: 'verified',
    authentication: /^external$/,
    certificate: (domain, { trusted }) => trusted.issue({ domains: [domain], purposes: BOTH }),
  },
  // Found by `_xmpps-server` alone: TLS from the first octet on (XEP-0368). Prosody asks for no certificate there.
  direct: {
    policy: 'verified',
    authentication: /^(external|dialback)$/,
    certificate: (domain, { trusted }) => trusted.issue({ domains: [domain], purposes: BOTH }),
  },
  dialback: {
    policy: 'dialback',
    authentication: /^dialback$/,
    certificate: (domain) => createSelfSigned({ domains: [domain], purposes: BOTH }),
  },
  encrypted: {
    policy: 'encrypted',
    authentication: /^dialback$/,
    certificate: (domain) => createSelfSigned({ domains: [domain], purposes: BOTH }),
  },
  // As public authorities issue them today.
  public: {
    policy: 'verified',
    authentication: /^(external|dialback)$/,
    certificate: (domain, { trusted }) => trusted.issue({ domains: [domain], purposes: ['serverAuth'] }),
  },
  stranger: {
    policy: 'verified',
    authentication: /^$/,
    certificate: (domain, { unknown }) => unknown.issue({ domains: [domain], purposes: BOTH }),
  },
  expired: {
    policy: 'verified',
    authentication: /^$/,
    certificate: (domain, { trusted }) =>
      trusted.issue({ domains: [domain], purposes: BOTH, notAfter: new Date(Date.now() - DAY) }),
  },
  misnamed: {
    policy: 'verified',
    authentication: /^$/,
    certificate: (_, { trusted }) => trusted.issue({ domains: ['another.example'], purposes: BOTH }),
  },
  stripped: {
    policy: 'verified',
    authentication: /^$/,
    certificate: (domain, { trusted }) => trusted.issue({ domains: [domain], purposes: BOTH }),
  },
  plain: {
    policy: 'verified',
    authentication: /^$/,
    certificate: (domain, { trusted }) => trusted.issue({ domains: [domain], purposes: BOTH }),
  },
} as const satisfies Readonly<Record<string, Kind>>

/** A key of {@link KINDS}. */
export type KindName = keyof typeof KINDS

export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[]
