import 'reflect-metadata'
import { cryptoProvider, PemConverter } from '@peculiar/x509'

cryptoProvider.set(crypto)

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

/** A key pair, and the way it signs. */
export interface Keys {
  readonly pair: { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey }
  readonly algorithm: (typeof CERTIFICATE_ALGORITHMS)[CertificateAlgorithm]
}

export async function generateKeys(name: CertificateAlgorithm): Promise<Keys> {
  const algorithm = CERTIFICATE_ALGORITHMS[name]
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError(`${name} makes no key pair`)
  return { pair, algorithm }
}

export async function keyPem({ pair }: Keys): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', pair.privateKey), 'PRIVATE KEY')}\n`
}
