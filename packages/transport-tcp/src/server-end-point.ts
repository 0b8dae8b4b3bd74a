import { createHash } from 'node:crypto'
import { DerError, type DerValue, derChildren, derHex, readDer } from './der.ts'

/** The hash of each signature algorithm, with MD5 and SHA-1 replaced by SHA-256 (RFC 5929 §4.1); keys are DER contents in hex. */
const SIGNATURE_HASHES: Readonly<Record<string, string>> = {
  '2a864886f70d010104': 'sha256', // md5WithRSAEncryption
  '2a864886f70d010105': 'sha256', // sha1WithRSAEncryption
  '2a864886f70d01010b': 'sha256', // sha256WithRSAEncryption
  '2a864886f70d01010c': 'sha384', // sha384WithRSAEncryption
  '2a864886f70d01010d': 'sha512', // sha512WithRSAEncryption
  '2a864886f70d01010e': 'sha224', // sha224WithRSAEncryption
  '2a8648ce3d0401': 'sha256', // ecdsa-with-SHA1
  '2a8648ce3d040301': 'sha224', // ecdsa-with-SHA224
  '2a8648ce3d040302': 'sha256', // ecdsa-with-SHA256
  '2a8648ce3d040303': 'sha384', // ecdsa-with-SHA384
  '2a8648ce3d040304': 'sha512', // ecdsa-with-SHA512
}
const RSASSA_PSS = '2a864886f70d01010a'

/** Hash functions named in the parameters of RSASSA-PSS (RFC 4055 §2.1). */
const PSS_HASHES: Readonly<Record<string, string>> = {
  '2b0e03021a': 'sha256', // id-sha1
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
  '608648016503040204': 'sha224',
}

/**
 * The `tls-server-end-point` binding of a certificate in DER (RFC 5929 §4.1).
 * Undefined for a signature algorithm with no one hash function, such as Ed25519, for which the RFC defines none.
 */
export function serverEndPoint(certificate: Uint8Array): Uint8Array | undefined {
  const hash = tryHash(certificate)
  return hash === undefined ? undefined : createHash(hash).update(certificate).digest()
}

function tryHash(certificate: Uint8Array): string | undefined {
  try {
    return signatureHash(certificate)
  } catch (error) {
    if (error instanceof DerError) return undefined // no certificate: nothing is defined for it
    throw error
  }
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, parameters }, signature } (RFC 5280 §4.1). */
function signatureHash(certificate: Uint8Array): string | undefined {
  const [, algorithm] = derChildren(readDer(certificate))
  const [identifier, parameters] = algorithm ? derChildren(algorithm) : []
  if (!identifier) return undefined
  const name = derHex(identifier)
  return name === RSASSA_PSS ? pssHash(parameters) : SIGNATURE_HASHES[name]
}

/** RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] HashAlgorithm DEFAULT sha1, … } (RFC 4055 §3.1). */
function pssHash(parameters: DerValue | undefined): string | undefined {
  const explicit = parameters && derChildren(parameters).find((value) => value.tag === 0xa0)
  if (!explicit) return 'sha256'
  const algorithm = derChildren(explicit)[0]
  const identifier = algorithm && derChildren(algorithm)[0]
  return identifier && PSS_HASHES[derHex(identifier)]
}
