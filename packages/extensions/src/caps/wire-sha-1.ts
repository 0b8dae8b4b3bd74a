/** SHA-1 (RFC 3174), synchronous: the hash of entity capabilities is needed while a stanza is written. Not for secrets. */

const encoder = new TextEncoder()
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The 20 octets of the SHA-1 of a text in UTF-8. */
export function sha1(text: string): Uint8Array {
  const message = pad(encoder.encode(text))
  const view = new DataView(message.buffer)
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
  const words = new Uint32Array(80)
  for (let at = 0; at < message.length; at += 64) {
    for (let n = 0; n < 16; n++) words[n] = view.getUint32(at + 4 * n)
    for (let n = 16; n < 80; n++)
      words[n] = rotate(word(words, n - 3) ^ word(words, n - 8) ^ word(words, n - 14) ^ word(words, n - 16), 1)
    compress(state, words)
  }
  const digest = new Uint8Array(20)
  const out = new DataView(digest.buffer)
  state.forEach((value, n) => {
    out.setUint32(4 * n, value)
  })
  return digest
}

/** Base64 with padding (RFC 4648 §4). */
export function base64(octets: Uint8Array): string {
  let text = ''
  for (let at = 0; at < octets.length; at += 3) {
    const bits = (word(octets, at) << 16) | (word(octets, at + 1) << 8) | word(octets, at + 2)
    for (let n = 0; n < 4; n++) text += at + n > octets.length ? '=' : BASE64.charAt((bits >> (18 - 6 * n)) & 63)
  }
  return text
}

/** RFC 3174 §4. */
function pad(octets: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((octets.length + 9) / 64) * 64)
  padded.set(octets)
  padded[octets.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(octets.length / 0x20000000))
  view.setUint32(padded.length - 4, octets.length * 8)
  return padded
}

/** RFC 3174 §6.1. */
function compress(state: Uint32Array, words: Uint32Array): void {
  let [a, b, c, d, e] = state as unknown as [number, number, number, number, number]
  for (let n = 0; n < 80; n++) {
    const next = (rotate(a, 5) + mix(n, b, c, d) + e + word(words, n)) >>> 0
    ;[a, b, c, d, e] = [next, a, rotate(b, 30), c, d]
  }
  ;[a, b, c, d, e].forEach((value, n) => {
    state[n] = word(state, n) + value
  })
}

/** RFC 3174 §5: the function and the constant of a round. */
function mix(round: number, b: number, c: number, d: number): number {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
  return (b ^ c ^ d) + 0xca62c1d6
}

const word = (words: Uint32Array | Uint8Array, index: number): number => words[index] ?? 0
const rotate = (value: number, bits: number): number => ((value << bits) | (value >>> (32 - bits))) >>> 0
