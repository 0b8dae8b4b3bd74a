declare const TextEncoder: new () => { encode(text: string): Uint8Array }
declare const btoa: (octets: string) => string
declare const atob: (text: string) => string

const encoder = new TextEncoder()

export const encodeText = (text: string): Uint8Array => encoder.encode(text)

export const toBase64 = (octets: Uint8Array): string => btoa(String.fromCharCode(...octets))

/** Base 64 for names and addresses: `-` and `_`, no padding (RFC 4648 §5). */
export const toBase64Url = (octets: Uint8Array): string =>
  toBase64(octets).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (octet) => octet.charCodeAt(0))
