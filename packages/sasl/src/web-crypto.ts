import { HASH_LENGTHS, type HashName, type SaslCrypto } from './crypto.ts'

interface WebCryptoKey {
  readonly type: string
}
type Algorithm = { name: string; hash?: HashName; salt?: Uint8Array; iterations?: number }
declare const crypto: {
  subtle: {
    digest(algorithm: HashName, message: Uint8Array): Promise<ArrayBuffer>
    importKey(
      format: 'raw',
      key: Uint8Array,
      algorithm: Algorithm,
      extractable: boolean,
      usages: string[],
    ): Promise<WebCryptoKey>
    sign(algorithm: 'HMAC', key: WebCryptoKey, message: Uint8Array): Promise<ArrayBuffer>
    deriveBits(algorithm: Algorithm, key: WebCryptoKey, bits: number): Promise<ArrayBuffer>
  }
}

/**
 * {@link SaslCrypto} over WebCrypto (`crypto.subtle`): browsers in a secure context, Node.js, Deno, Bun, workers.
 * All its answers are promises.
 */
export const webCrypto: SaslCrypto = {
  async digest(hash, message) {
    return new Uint8Array(await crypto.subtle.digest(hash, message))
  },
  async hmac(hash, key, message) {
    const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash }, false, ['sign'])
    return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message))
  },
  async pbkdf2(hash, password, salt, iterations) {
    const imported = await crypto.subtle.importKey('raw', password, { name: 'PBKDF2' }, false, ['deriveBits'])
    const algorithm = { name: 'PBKDF2', hash, salt, iterations }
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, imported, HASH_LENGTHS[hash] * 8))
  },
}
