import { createHash } from 'node:crypto'

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
  const hash = signatureHash(certificate)
  return hash === undefined ? undefined : createHash(hash).update(certificate).digest()
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, parameters }, signature } (RFC 5280 §4.1). */
function signatureHash(certificate: Uint8Array): string | undefined {
  const [, algorithm] = children(read(certificate, 0))
  const [identifier, parameters] = algorithm ? children(algorithm) : []
  if (!identifier) return undefined
  const name = hex(identifier)
  return name === RSASSA_PSS ? pssHash(parameters) : SIGNATURE_HASHES[name]
}

/** RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] HashAlgorithm DEFAULT sha1, … } (RFC 4055 §3.1). */
function pssHash(parameters: Value | undefined): string | undefined {
  const explicit = parameters && children(parameters).find((value) => value.tag === 0xa0)
  if (!explicit) return 'sha256'
  const algorithm = children(explicit)[0]
  const identifier = algorithm && children(algorithm)[0]
  return identifier && PSS_HASHES[hex(identifier)]
}

interface Value {
  readonly tag: number
  readonly content: Uint8Array
  readonly end: number
}

function read(bytes: Uint8Array, at: number): Value {
  const first = bytes[at + 1] ?? 0
  const lengthBytes = first & 0x80 ? first & 0x7f : 0
  let length = lengthBytes ? 0 : first
  for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0)
  const start = at + 2 + lengthBytes
  return { tag: bytes[at] ?? 0, content: bytes.subarray(start, start + length), end: start + length }
}

function children(value: Value): Value[] {
  const found: Value[] = []
  for (let at = 0; at < value.content.length; ) {
    const next = read(value.content, at)
    found.push(next)
    at = next.end
  }
  return found
}

function hex(value: Value): string {
  return Buffer.from(value.content).toString('hex')
}
