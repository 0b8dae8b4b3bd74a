/** Time and randomness, handed in from outside so that machines are pure and tests move the clock. */
export interface Environment {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `fn` once after `ms` milliseconds, unless the returned function is called before. */
  setTimer(ms: number, fn: () => void): () => void
  /** `n` unpredictable octets. */
  randomBytes(n: number): Uint8Array
}

const DIGITS = Uint8Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', (digit) =>
  digit.charCodeAt(0),
)

/** An identifier nobody can guess or repeat: 24 random base 64 digits, 144 bits (RFC 6120 §4.7.3). */
export function randomIdentifier(environment: Pick<Environment, 'randomBytes'>): string {
  const octets = environment.randomBytes(24)
  const codes = new Array<number>(octets.length)
  for (let index = 0; index < octets.length; index++) codes[index] = DIGITS[(octets[index] as number) & 63] as number
  // One flat string: a sum of 24 is kept as a tree of them for as long as it lives.
  return String.fromCharCode(...codes)
}
