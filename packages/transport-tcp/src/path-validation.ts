import { allowsNames } from './name-constraints.ts'
import type { PathCertificate } from './path-certificate.ts'

/** Extended key usages (RFC 5280 §4.2.1.12), in hexadecimal. */
export const PURPOSE = { serverAuth: '2b06010505070301', clientAuth: '2b06010505070302' } as const

const DIGITAL_SIGNATURE = 0x80
const KEY_CERT_SIGN = 0x04

/** Signature algorithms without MD5 and SHA-1, as OpenSSL at its security level 2: object identifiers in hexadecimal. */
const SIGNATURES: ReadonlySet<string> = new Set([
  '2a864886f70d01010b', // sha256WithRSAEncryption
  '2a864886f70d01010c', // sha384WithRSAEncryption
  '2a864886f70d01010d', // sha512WithRSAEncryption
  '2a8648ce3d040302', // ecdsa-with-SHA256
  '2a8648ce3d040303', // ecdsa-with-SHA384
  '2a8648ce3d040304', // ecdsa-with-SHA512
  '2b6570', // Ed25519
  '2b6571', // Ed448
])
const RSASSA_PSS = '2a864886f70d01010a'
/** id-sha256, id-sha384 and id-sha512 have this in front; the default of RSASSA-PSS is SHA-1 (RFC 4055 §3.1). */
const PSS_WITH_SHA_2 = /^(a0..)30..060960864801650304020[123]/
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])
const MIN_RSA_BITS = 2048

/** Why a certificate of a path is refused: the code is one that OpenSSL has for it, or words. */
type Check = (path: readonly PathCertificate[], index: number, now: number) => string | undefined

/** Every certificate of a path, also the trust anchor, must pass all of them (RFC 5280 §6.1.3, §6.1.4, §6.1.5). */
const CHECKS: readonly Check[] = [
  ([...path], i) =>
    path[i]?.hasUnknownDemands ? 'it demands what is not understood (a critical extension)' : undefined,
  (path, i) => (isStrong(path[i], i === path.length - 1) ? undefined : 'a key or a signature in its chain is too weak'),
  (path, i, now) => outOfTime(path[i], now),
  (path, i) => (i > 0 && !path[i]?.isAuthority ? 'INVALID_CA' : undefined),
  (path, i) => (hasUsage(path[i], i > 0 ? KEY_CERT_SIGN : DIGITAL_SIGNATURE) ? undefined : 'INVALID_CA'),
  (path, i) => (authoritiesBelow(path, i) > (path[i]?.pathLength ?? 0) ? 'PATH_LENGTH_EXCEEDED' : undefined),
  (path, i) => (namesAllowed(path, i) ? undefined : 'its names are not among those that its authority may sign for'),
]

/**
 * Why a path, from the leaf to the trust anchor, whose signatures have been verified, is not accepted for any of the
 * purposes; undefined if it is.
 */
export function pathFault(
  path: readonly PathCertificate[],
  purposes: readonly string[],
  now: number,
): string | undefined {
  for (const index of path.keys()) {
    for (const check of CHECKS) {
      const fault = check(path, index, now)
      if (fault !== undefined) return fault
    }
  }
  const isFor = (purpose: string) => path.every((certificate) => certificate.purposes?.includes(purpose) ?? true)
  return purposes.some(isFor) ? undefined : 'INVALID_PURPOSE'
}

function outOfTime(certificate: PathCertificate | undefined, now: number): string | undefined {
  // Written so that a date which cannot be read is out of time.
  if (!certificate || !(certificate.x509.validToDate.getTime() >= now)) return 'CERT_HAS_EXPIRED'
  return certificate.x509.validFromDate.getTime() <= now ? undefined : 'CERT_NOT_YET_VALID'
}

function hasUsage(certificate: PathCertificate | undefined, bit: number): boolean {
  return certificate !== undefined && (certificate.keyUsage === undefined || (certificate.keyUsage & bit) !== 0)
}

/** Authorities between this one and the leaf; those that are issued by themselves do not count (RFC 5280 §4.2.1.9). */
function authoritiesBelow(path: readonly PathCertificate[], index: number): number {
  return index === 0 ? 0 : path.slice(1, index).filter(({ isSelfIssued }) => !isSelfIssued).length
}

function namesAllowed(path: readonly PathCertificate[], index: number): boolean {
  const constraints = path[index]?.constraints
  const below = path.slice(0, index).filter(({ isSelfIssued }, i) => i === 0 || !isSelfIssued)
  return !constraints || below.every((certificate) => allowsNames(constraints, certificate))
}

/** The signature of a trust anchor on itself proves nothing, so it does not matter. */
function isStrong(certificate: PathCertificate | undefined, isAnchor: boolean): boolean {
  if (!certificate) return false
  const { signatureAlgorithm, signatureParameters, x509 } = certificate
  const isSigned =
    SIGNATURES.has(signatureAlgorithm) ||
    (signatureAlgorithm === RSASSA_PSS && PSS_WITH_SHA_2.test(signatureParameters))
  const { asymmetricKeyType = '', asymmetricKeyDetails } = x509.publicKey
  if (!isSigned && !isAnchor) return false
  if (asymmetricKeyType === 'ec') return CURVES.has(asymmetricKeyDetails?.namedCurve ?? '')
  if (asymmetricKeyType.startsWith('rsa')) return (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS
  return asymmetricKeyType === 'ed25519' || asymmetricKeyType === 'ed448'
}
