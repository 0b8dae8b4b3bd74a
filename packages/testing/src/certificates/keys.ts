import 'reflect-metadata'
import { cryptoProvider, PemConverter } from '@peculiar/x509'
import { CERTIFICATE_ALGORITHMS, type CertificateAlgorithm } from './algorithms.ts'

cryptoProvider.set(crypto)

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
