/** Certificates for tests, made in memory. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

cryptoProvider.set(webcrypto)

export const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
export const ECDSA_384 = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }
export const RSA_SHA1 = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-1',
  publicExponent: Uint8Array.of(1, 0, 1),
  modulusLength: 2048,
}
export const RSA_PSS_384 = { ...RSA_SHA1, name: 'RSA-PSS', hash: 'SHA-384', saltLength: 48 }
export const ED25519 = { name: 'Ed25519' }

export type Algorithm = { name: string; hash?: string }

export interface Made {
  readonly certificate: string
  readonly key: string
  readonly der: Uint8Array
}

export interface Authority {
  readonly pem: string
  issue(domains: readonly string[], algorithm?: Algorithm, days?: number): Promise<Made>
}

const DAY = 86_400_000
const validity = (days: number) => ({
  notBefore: new Date(Date.now() - DAY),
  notAfter: new Date(Date.now() + days * DAY),
})

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

function generate(algorithm: Algorithm): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>
}

export async function createAuthority(): Promise<Authority> {
  const keys = await generate(ECDSA)
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Test authority',
    keys,
    signingAlgorithm: ECDSA,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
    ...validity(30),
  })
  return {
    pem: ca.toString('pem'),
    issue: async (domains, algorithm = ECDSA, days = 30) => {
      const own = await generate(algorithm)
      const selfSigned = algorithm !== ECDSA
      const certificate: X509Certificate = await X509CertificateGenerator.create({
        subject: `CN=${domains[0]}`,
        issuer: selfSigned ? `CN=${domains[0]}` : ca.subject,
        publicKey: own.publicKey,
        signingKey: selfSigned ? own.privateKey : keys.privateKey,
        signingAlgorithm: selfSigned ? algorithm : ECDSA,
        extensions: [new SubjectAlternativeNameExtension(domains.map((value) => ({ type: 'dns' as const, value })))],
        ...validity(days),
      })
      return {
        certificate: certificate.toString('pem'),
        key: await keyPem(own.privateKey),
        der: new Uint8Array(certificate.rawData),
      }
    },
  }
}
