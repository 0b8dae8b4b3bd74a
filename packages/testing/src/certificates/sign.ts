import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { der } from './der.ts'
import type { Keys } from './keys.ts'
import { type CertificateNames, type NameConstraints, nameConstraints, subjectAlternativeName } from './names.ts'

/** What is written into a certificate. */
export interface Contents extends CertificateNames {
  readonly commonName: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** Object identifiers for the extendedKeyUsage; none: no such extension. */
  readonly purposes: readonly string[]
  /** Present in authorities only; `pathLength` bounds the authorities below. */
  readonly authority?: {
    readonly isAuthority: boolean
    readonly pathLength?: number | undefined
    readonly keyUsage: 'sign' | 'other' | 'none'
  }
  readonly nameConstraints?: NameConstraints | undefined
  /** An extension that nobody knows, marked critical. */
  readonly unknownCriticalExtension: boolean
}

/** Who signs: undefined for a certificate that signs itself. */
export interface Signer {
  readonly subject: string
  readonly keys: Keys
}

const NAME_CONSTRAINTS = '2.5.29.30'
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
const UNKNOWN = '1.3.6.1.4.1.32473.1' // of the range for documentation (RFC 5612)

export async function sign(contents: Contents, keys: Keys, signer: Signer): Promise<X509Certificate> {
  return X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${contents.commonName.slice(0, 64)}`,
    issuer: signer.subject,
    publicKey: keys.pair.publicKey,
    signingKey: signer.keys.pair.privateKey,
    signingAlgorithm: signer.keys.algorithm,
    notBefore: contents.notBefore,
    notAfter: contents.notAfter,
    extensions: [
      ...usage(contents),
      ...names(contents),
      await SubjectKeyIdentifierExtension.create(keys.pair.publicKey),
      await AuthorityKeyIdentifierExtension.create(signer.keys.pair.publicKey),
    ],
  })
}

function usage({ authority, purposes, unknownCriticalExtension }: Contents): Extension[] {
  const extensions: Extension[] = [
    new BasicConstraintsExtension(authority?.isAuthority ?? false, authority?.pathLength, true),
  ]
  if (authority?.keyUsage !== 'none') {
    const signs = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
    const flags = authority?.keyUsage === 'sign' ? signs : KeyUsageFlags.digitalSignature
    extensions.push(new KeyUsagesExtension(flags, true))
  }
  if (purposes.length > 0) extensions.push(new ExtendedKeyUsageExtension([...purposes]))
  if (unknownCriticalExtension) extensions.push(new Extension(UNKNOWN, true, der(0x05)))
  return extensions
}

function names(contents: Contents): Extension[] {
  const value = subjectAlternativeName(contents)
  const constraints = contents.nameConstraints && nameConstraints(contents.nameConstraints)
  return [
    ...(value ? [new Extension(SUBJECT_ALTERNATIVE_NAME, false, value)] : []),
    ...(constraints ? [new Extension(NAME_CONSTRAINTS, true, constraints)] : []),
  ]
}

/** A positive number of at most 20 octets (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const octets = crypto.getRandomValues(new Uint8Array(16))
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')
}
