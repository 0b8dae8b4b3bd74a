/** RFC 3492 §5: the parameter values for domain names. */
const BASE = 36
const T_MIN = 1
const T_MAX = 26
const SKEW = 38
const DAMP = 700
const INITIAL_BIAS = 72
const INITIAL_N = 128
const DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const MAX_CODE_POINT = 0x10ffff

/** RFC 3492 §6.1. */
function adapt(delta: number, count: number, first: boolean): number {
  let rest = first ? Math.floor(delta / DAMP) : delta >> 1
  rest += Math.floor(rest / count)
  let k = 0
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN))
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW))
}

function threshold(k: number, bias: number): number {
  return Math.min(Math.max(k - bias, T_MIN), T_MAX)
}

/** RFC 3492 §6.2: the text of a Punycode string in lower case, or undefined when it is malformed. */
export function decodePunycode(encoded: string): string | undefined {
  const delimiter = encoded.lastIndexOf('-')
  const output = delimiter > 0 ? Array.from(encoded.slice(0, delimiter), (character) => character.charCodeAt(0)) : []
  let position = delimiter > 0 ? delimiter + 1 : 0
  let n = INITIAL_N
  let i = 0
  let bias = INITIAL_BIAS
  while (position < encoded.length) {
    const oldI = i
    let weight = 1
    for (let k = BASE; ; k += BASE) {
      const digit = DIGITS.indexOf(encoded.charAt(position++) || '-')
      if (digit < 0) return undefined
      i += digit * weight
      if (i > 0x7fffffff) return undefined
      const t = threshold(k, bias)
      if (digit < t) break
      weight *= BASE - t
    }
    const count = output.length + 1
    bias = adapt(i - oldI, count, oldI === 0)
    n += Math.floor(i / count)
    i %= count
    if (n > MAX_CODE_POINT || (n >= 0xd800 && n < 0xe000)) return undefined
    output.splice(i++, 0, n)
  }
  return String.fromCodePoint(...output)
}

/** One delta as a generalized variable-length integer (RFC 3492 §3.3). */
function encodeDelta(delta: number, bias: number): string {
  let encoded = ''
  let q = delta
  for (let k = BASE; ; k += BASE) {
    const t = threshold(k, bias)
    if (q < t) return encoded + DIGITS.charAt(q)
    encoded += DIGITS.charAt(t + ((q - t) % (BASE - t)))
    q = Math.floor((q - t) / (BASE - t))
  }
}

/** RFC 3492 §6.3: text of at most 63 code points in Punycode. */
export function encodePunycode(text: string): string {
  const codePoints = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  let encoded = String.fromCodePoint(...codePoints.filter((codePoint) => codePoint < INITIAL_N))
  const basicCount = encoded.length
  if (basicCount > 0) encoded += '-'
  let n = INITIAL_N
  let delta = 0
  let bias = INITIAL_BIAS
  for (let handled = basicCount; handled < codePoints.length; n++, delta++) {
    const next = Math.min(...codePoints.filter((codePoint) => codePoint >= n))
    delta += (next - n) * (handled + 1)
    n = next
    for (const codePoint of codePoints) {
      if (codePoint < n) delta++
      if (codePoint !== n) continue
      encoded += encodeDelta(delta, bias)
      bias = adapt(delta, handled + 1, handled === basicCount)
      delta = 0
      handled++
    }
  }
  return encoded
}
