const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const SHAPE = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const VALUES = new Uint8Array(128)
for (let index = 0; index < 64; index++) VALUES[ALPHABET.charCodeAt(index)] = index

/** Base 64 with padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index
    const group = ((bytes[index] as number) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0)
    text += ALPHABET[group >> 18] as string
    text += ALPHABET[(group >> 12) & 63] as string
    text += left > 1 ? (ALPHABET[(group >> 6) & 63] as string) : '='
    text += left > 2 ? (ALPHABET[group & 63] as string) : '='
  }
  return text
}

/**
 * Strict: the padding is there, its bits are zero (RFC 6120 §6.3.5), nothing else is between.
 * `undefined` where the text is not base 64.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (!SHAPE.test(text)) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  const value = (at: number) => VALUES[text.charCodeAt(at)] as number
  let at = 0
  let group = 0
  for (let index = 0; index < text.length; index += 4) {
    group = (value(index) << 18) | (value(index + 1) << 12) | (value(index + 2) << 6) | value(index + 3)
    bytes[at++] = group >> 16
    bytes[at++] = group >> 8
    bytes[at++] = group
  }
  const unused = padding === 2 ? 0xffff : padding === 1 ? 0xff : 0
  return group & unused ? undefined : bytes
}
