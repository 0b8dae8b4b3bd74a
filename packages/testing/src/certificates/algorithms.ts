const RSA = { name: 'RSASSA-PKCS1-v1_5', publicExponent: Uint8Array.of(1, 0, 1) }

/** Kinds of key, and how certificates are signed with them. `rsa-1024` and `rsa-sha1` are too weak to be accepted. */
export const CERTIFICATE_ALGORITHMS = {
  'ecdsa-p256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'ecdsa-p384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  ed25519: { name: 'Ed25519' },
  'rsa-2048': { ...RSA, modulusLength: 2048, hash: 'SHA-256' },
  'rsa-pss': { ...RSA, name: 'RSA-PSS', modulusLength: 2048, hash: 'SHA-384', saltLength: 48 },
  'rsa-1024': { ...RSA, modulusLength: 1024, hash: 'SHA-256' },
  'rsa-sha1': { ...RSA, modulusLength: 2048, hash: 'SHA-1' },
} as const

/** One of {@link CERTIFICATE_ALGORITHMS}. */
export type CertificateAlgorithm = keyof typeof CERTIFICATE_ALGORITHMS
