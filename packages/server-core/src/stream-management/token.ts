import type { SaslCrypto } from '@parlour/sasl'
import type { Environment } from '@parlour/stream-negotiation'

/** 64 bits by which a session is found, 192 by which its client proves that it was its own (XEP-0198 §10). */
const KEY_OCTETS = 8
const SECRET_OCTETS = 24
const TOKEN = /^([0-9a-f]{16})([0-9a-f]{48})$/

const HEX_DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const encoder = new TextEncoder()

/** What a client resumes its session with: `previd` is both. */
export interface Token {
  readonly key: string
  readonly secret: string
}

export function makeToken(environment: Pick<Environment, 'randomBytes'>): Token {
  return { key: hex(environment.randomBytes(KEY_OCTETS)), secret: hex(environment.randomBytes(SECRET_OCTETS)) }
}

/** `undefined`: this was never an id of ours. */
export function readToken(previd: string): Token | undefined {
  const [, key, secret] = TOKEN.exec(previd) ?? []
  return key !== undefined && secret !== undefined ? { key, secret } : undefined
}

/** What is kept of a secret: enough to know it again, of no use to who reads the storage. */
export function hashSecret(secret: string, crypto: Pick<SaslCrypto, 'digest'>): string | Promise<string> {
  const digest = crypto.digest('SHA-256', encoder.encode(secret))
  return digest instanceof Promise ? digest.then(hex) : hex(digest)
}

/** Takes the same time wherever two hashes differ. */
export function isSameHash(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}

function hex(octets: Uint8Array): string {
  const codes = new Array<number>(octets.length * 2)
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] as number
    codes[at * 2] = HEX_DIGITS[octet >> 4] as number
    codes[at * 2 + 1] = HEX_DIGITS[octet & 15] as number
  }
  // One flat string: a sum of so many is a tree of them, and costs several times as much.
  return String.fromCharCode(...codes)
}
