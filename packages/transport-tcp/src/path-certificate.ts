import { X509Certificate } from 'node:crypto'
import { type DerValue, derChildren, derHex, readDer } from './der.ts'

/** A certificate with those extensions read that decide about a path (RFC 5280 §6.1). */
export interface PathCertificate {
  readonly x509: X509Certificate
  /** The object identifier of the signature's algorithm, and its parameters, in hexadecimal. */
  readonly signatureAlgorithm: string
  readonly signatureParameters: string
  readonly isSelfIssued: boolean
  /** The subject, a Name in DER. */
  readonly subject: Uint8Array
  readonly isAuthority: boolean
  /** Authorities that may follow below. */
  readonly pathLength: number
  /** The first octet of keyUsage; undefined without the extension. */
  readonly keyUsage: number | undefined
  /** The object identifiers of extendedKeyUsage, in hexadecimal; undefined without the extension. */
  readonly purposes: readonly string[] | undefined
  /** GeneralNames of subjectAltName. */
  readonly names: readonly DerValue[]
  /** The value of nameConstraints. */
  readonly constraints: DerValue | undefined
  /** Whether it demands what is not processed here. */
  readonly hasUnknownDemands: boolean
}

const EXTENSION = {
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  nameConstraints: '551d1e',
  certificatePolicies: '551d20',
  policyConstraints: '551d24',
  extendedKeyUsage: '551d25',
} as const

/**
 * What may be critical: all that is processed. Any policy is acceptable here, so certificatePolicies never matters
 * (RFC 5280 §6.1.1 c); policyConstraints could, and is not processed.
 */
const PROCESSED: ReadonlySet<string> = new Set([
  EXTENSION.keyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.basicConstraints,
  EXTENSION.nameConstraints,
  EXTENSION.certificatePolicies,
  EXTENSION.extendedKeyUsage,
])

const EXTENSIONS_TAG = 0xa3
const VERSION_TAG = 0xa0
const BOOLEAN = 0x01
const INTEGER = 0x02

interface Extension {
  readonly critical: boolean
  readonly value: DerValue
}

/** @throws DerError, or what OpenSSL throws, at what is no certificate */
export function readPathCertificate(der: Uint8Array): PathCertificate {
  const x509 = new X509Certificate(der)
  const [tbs, algorithm] = derChildren(readDer(der))
  if (!tbs || !algorithm) throw new TypeError('no certificate')
  const fields = derChildren(tbs)
  const [, , issuer, , subject] = fields[0]?.tag === VERSION_TAG ? fields.slice(1) : fields
  if (!issuer || !subject) throw new TypeError('no certificate')
  const [identifier, ...parameters] = derChildren(algorithm)
  return {
    x509,
    subject: subject.content,
    isSelfIssued: Buffer.from(issuer.content).equals(subject.content),
    signatureAlgorithm: identifier ? derHex(identifier) : '',
    signatureParameters: parameters.map(derHex).join(),
    ...readExtensions(fields.find(({ tag }) => tag === EXTENSIONS_TAG)),
  }
}

function readExtensions(field: DerValue | undefined) {
  const extensions = extensionsOf(field)
  const value = (identifier: string) => extensions.get(identifier)?.value
  const constraints = basicConstraints(value(EXTENSION.basicConstraints))
  const usage = value(EXTENSION.keyUsage)
  const purposes = value(EXTENSION.extendedKeyUsage)
  const names = value(EXTENSION.subjectAltName)
  return {
    ...constraints,
    keyUsage: usage && (usage.content[1] ?? 0), // a BIT STRING: the first octet counts the unused bits
    purposes: purposes && derChildren(purposes).map(derHex),
    names: names ? derChildren(names) : [],
    constraints: value(EXTENSION.nameConstraints),
    hasUnknownDemands:
      extensions.has(EXTENSION.policyConstraints) ||
      [...extensions].some(([identifier, { critical }]) => critical && !PROCESSED.has(identifier)),
  }
}

/** Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING } (RFC 5280 §4.1); none twice (§4.2). */
function extensionsOf(field: DerValue | undefined): Map<string, Extension> {
  const found = new Map<string, Extension>()
  const list = field && derChildren(field)[0]
  for (const extension of list ? derChildren(list) : []) {
    const [identifier, ...rest] = derChildren(extension)
    const value = rest.at(-1)
    if (!identifier || !value || found.has(derHex(identifier))) throw new TypeError('an extension is not well-formed')
    // A BOOLEAN that is there and not false: in BER any octet but 0 is true.
    const critical = rest[0]?.tag === BOOLEAN && rest[0].content[0] !== 0
    found.set(derHex(identifier), { critical, value: readDer(value.content) })
  }
  return found
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } (RFC 5280 §4.2.1.9). */
function basicConstraints(value: DerValue | undefined): { isAuthority: boolean; pathLength: number } {
  const fields = value ? derChildren(value) : []
  const isAuthority = fields[0]?.tag === BOOLEAN && fields[0].content[0] !== 0
  const length = fields.find(({ tag }) => tag === INTEGER)
  return { isAuthority, pathLength: length ? Number(`0x${derHex(length)}`) : Infinity }
}
