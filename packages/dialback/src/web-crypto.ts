interface WebCryptoKey {
  readonly type: string
}
type Hmac = { readonly name: 'HMAC'; readonly hash: 'SHA-256' }

declare const crypto: {
  subtle: {
    digest(algorithm: 'SHA-256', message: Uint8Array): Promise<ArrayBuffer>
    importKey(
      format: 'raw',
      key: Uint8Array,
      algorithm: Hmac,
      extractable: false,
      usages: ['sign'],
    ): Promise<WebCryptoKey>
    sign(algorithm: 'HMAC', key: WebCryptoKey, message: Uint8Array): Promise<ArrayBuffer>
  }
}

export async function sha256(message: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', message))
}

export async function hmacSha256(key: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message))
}
