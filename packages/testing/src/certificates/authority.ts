import 'reflect-metadata'
import { ExtendedKeyUsage, type X509Certificate } from '@peculiar/x509'
import type { CertificateAlgorithm } from './algorithms.ts'
import { generateKeys, type Keys, keyPem } from './keys.ts'
import type { CertificateNames, NameConstraints } from './names.ts'
import { type Contents, type Signer, sign } from './sign.ts'
import type { TestCertificate } from './test-certificate.ts'

/** When a certificate for tests is valid: from a day ago for 30 days if not given. */
interface Validity {
  readonly notBefore?: Date
  readonly notAfter?: Date
}

/** What an authority is allowed to do, and what is wrong with it. */
export interface AuthorityOptions extends Validity {
  /** The common name; one that says what it is, with a number of its own, if not given. */
  readonly commonName?: string
  /** `ecdsa-p256` if not given. */
  readonly algorithm?: CertificateAlgorithm
  /** How many authorities may follow below (RFC 5280 §4.2.1.9); unbounded if not given. */
  readonly pathLength?: number
  readonly nameConstraints?: NameConstraints
  /** `sign` (keyCertSign, the default), `other` (digitalSignature only) or `none` (no keyUsage extension). */
  readonly keyUsage?: 'sign' | 'other' | 'none'
  /** False: the basicConstraints say that it is no authority, and yet it signs. */
  readonly isAuthority?: boolean
  readonly purposes?: readonly CertificatePurpose[]
}

/** Purposes for the extendedKeyUsage (RFC 5280 §4.2.1.12). */
export type CertificatePurpose = 'serverAuth' | 'clientAuth' | 'codeSigning'

/** What a certificate is to be like. */
export interface IssueOptions extends CertificateNames, Validity {
  /** The common name, which XMPP never looks at; the first of the names if not given. */
  readonly commonName?: string
  /** `ecdsa-p256` if not given. */
  readonly algorithm?: CertificateAlgorithm
  /** `['serverAuth']`, as public authorities do, if not given; `[]`: no extendedKeyUsage extension. */
  readonly purposes?: readonly CertificatePurpose[]
  /** False: `certificate` and `chain` hold the certificate alone, so that the intermediate ones are missing. */
  readonly withIntermediates?: boolean
  /** Puts in an extension that nobody knows, marked critical. */
  readonly unknownCriticalExtension?: boolean
}

/** A certificate authority in memory. */
export interface TestAuthority extends TestCertificate {
  /** Its own certificate in PEM, for who is to trust it. */
  readonly pem: string
  /** Makes a certificate with a new key. */
  issue(options: IssueOptions): Promise<TestCertificate>
  /** Makes an authority below this one. */
  intermediate(options?: AuthorityOptions): Promise<TestAuthority>
}

const DAY = 86_400_000
let made = 0

/**
 * Makes a certificate authority for tests: a root that signs itself. Everything wrong can be asked for: times,
 * purposes, bounds, missing intermediates; what is not asked for is in order.
 *
 * @example
 * ```ts
 * const authority = await createTestAuthority()
 * const { certificate, key } = await authority.issue({ domains: ['example.org'] })
 * const intermediate = await authority.intermediate({ pathLength: 0 })
 * const expired = await intermediate.issue({ domains: ['example.org'], notAfter: new Date(Date.now() - 1000) })
 * ```
 */
export async function createTestAuthority(options: AuthorityOptions = {}): Promise<TestAuthority> {
  const keys = await generateKeys(options.algorithm ?? 'ecdsa-p256')
  const contents = authorityContents(options, 'Test authority')
  const certificate = await sign(contents, keys, { subject: `CN=${contents.commonName}`, keys })
  return authorityOf(certificate, keys, [])
}

/** A certificate that signs itself, as servers without an authority have. */
export async function createSelfSigned(options: IssueOptions): Promise<TestCertificate> {
  const keys = await generateKeys(options.algorithm ?? 'ecdsa-p256')
  const contents = leafContents(options)
  return bundle(await sign(contents, keys, { subject: `CN=${contents.commonName}`, keys }), keys, [])
}

/** @param above the intermediate certificates from this authority's own on up, without the root */
async function authorityOf(
  certificate: X509Certificate,
  keys: Keys,
  above: readonly X509Certificate[],
): Promise<TestAuthority> {
  const signer: Signer = { subject: certificate.subject, keys }
  return {
    ...(await bundle(certificate, keys, above.slice(1))),
    pem: pemOf([certificate]),
    issue: async (options) => {
      const own = await generateKeys(options.algorithm ?? 'ecdsa-p256')
      const leaf = await sign(leafContents(options), own, signer)
      return bundle(leaf, own, options.withIntermediates === false ? [] : above)
    },
    intermediate: async (options = {}) => {
      const own = await generateKeys(options.algorithm ?? 'ecdsa-p256')
      const below = await sign(authorityContents(options, 'Test intermediate'), own, signer)
      return authorityOf(below, own, [below, ...above])
    },
  }
}

async function bundle(
  certificate: X509Certificate,
  keys: Keys,
  above: readonly X509Certificate[],
): Promise<TestCertificate> {
  const chain = [certificate, ...above]
  return {
    certificate: pemOf(chain),
    key: await keyPem(keys),
    der: new Uint8Array(certificate.rawData),
    chain: chain.map(({ rawData }) => new Uint8Array(rawData)),
  }
}

function pemOf(certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => `${certificate.toString('pem')}\n`).join('')
}

function authorityContents(options: AuthorityOptions, kind: string): Contents {
  const { pathLength, keyUsage = 'sign', isAuthority = true } = options
  return {
    ...validityOf(options),
    commonName: options.commonName ?? `${kind} ${++made}`,
    purposes: oids(options.purposes ?? []),
    authority: { isAuthority, pathLength, keyUsage },
    nameConstraints: options.nameConstraints,
    unknownCriticalExtension: false,
  }
}

function leafContents(options: IssueOptions): Contents {
  const { domains, addresses, xmppAddresses, srvNames } = options
  const first = [domains, xmppAddresses, srvNames, addresses].find((names) => names?.[0])?.[0]
  return {
    ...options,
    ...validityOf(options),
    commonName: options.commonName ?? first ?? 'nobody',
    purposes: oids(options.purposes ?? ['serverAuth']),
    unknownCriticalExtension: options.unknownCriticalExtension ?? false,
  }
}

function validityOf({ notBefore, notAfter }: Validity): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  const end = notAfter ?? new Date(now + 30 * DAY)
  return { notBefore: notBefore ?? new Date(Math.min(now, end.getTime()) - DAY), notAfter: end }
}

function oids(purposes: readonly CertificatePurpose[]): string[] {
  return purposes.map((purpose) => ExtendedKeyUsage[purpose])
}
