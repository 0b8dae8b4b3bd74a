declare const TextEncoder: new () => { encode(text: string): Uint8Array }
declare const btoa: (octets: string) => string
declare const atob: (text: string) => string

const encoder = new TextEncoder()

export const encodeText = (text: string): Uint8Array => encoder.encode(text)

export const toBase64 = (octets: Uint8Array): string => btoa(String.fromCharCode(...octets))

/** Base 64 for names and addresses: `-` and `_`, no padding (RFC 4648 §5). */
export function toBase64Url(octets: Uint8Array): string {
  let text = ''
  for (let at = 0; at < octets.length; at += 3) {
    const left = octets.length - at
    const bits = ((octets[at] ?? 0) << 16) | ((octets[at + 1] ?? 0) << 8) | (octets[at + 2] ?? 0)
    text += digit(bits >> 18) + digit(bits >> 12)
    if (left > 1) text += digit(bits >> 6)
    if (left > 2) text += digit(bits)
  }
  return text
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const digit = (bits: number): string => DIGITS.charAt(bits & 63)

export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (octet) => octet.charCodeAt(0))
