import { decodeBase64, encodeBase64 } from '../base64.ts'
import {
  escapeSaslName,
  type ScramExtensions,
  type ScramFault,
  takeAttributes,
  unescapeSaslName,
  writeExtensions,
} from './attributes.ts'
import { type Gs2Header, parseGs2Header } from './gs2-header.ts'

/** client-first-message (RFC 5802 §7). */
export interface ClientFirst {
  readonly header: Gs2Header
  /** As sent, unescaped, not prepared. */
  readonly username: string
  readonly nonce: string
  readonly extensions: ScramExtensions
  /** client-first-message-bare, as sent. */
  readonly bare: string
}

/** server-first-message. */
export interface ServerFirst {
  readonly nonce: string
  readonly salt: Uint8Array
  readonly iterations: number
  readonly extensions: ScramExtensions
}

/** client-final-message. */
export interface ClientFinal {
  readonly channelBinding: Uint8Array
  readonly nonce: string
  readonly extensions: ScramExtensions
  readonly proof: Uint8Array
  /** client-final-message-without-proof, as sent. */
  readonly withoutProof: string
}

/** server-final-message. */
export type ServerFinal = { readonly signature: Uint8Array } | { readonly error: string }

const NONCE = /^[\x21-\x2b\x2d-\x7e]+$/
const ITERATIONS = /^[1-9][0-9]{0,9}$/

export function parseClientFirst(text: string): ClientFirst | ScramFault {
  const header = parseGs2Header(text)
  if (!header) return 'other-error'
  const bare = text.slice(header.raw.length)
  const taken = takeAttributes(bare, 'nr')
  if (typeof taken === 'string') return taken
  const [name, nonce] = taken.values as [string, string]
  const username = unescapeSaslName(name)
  if (username === undefined) return 'invalid-username-encoding'
  if (!NONCE.test(nonce)) return 'other-error'
  return { header, username, nonce, extensions: taken.extensions, bare }
}

export const writeClientFirstBare = (username: string, nonce: string, extensions?: ScramExtensions): string =>
  `n=${escapeSaslName(username)},r=${nonce}${writeExtensions(extensions)}`

export function parseServerFirst(text: string): ServerFirst | ScramFault {
  const taken = takeAttributes(text, 'rsi')
  if (typeof taken === 'string') return taken
  const [nonce, encodedSalt, iterations] = taken.values as [string, string, string]
  const salt = decodeBase64(encodedSalt)
  if (!salt) return 'invalid-encoding'
  if (!NONCE.test(nonce) || !ITERATIONS.test(iterations)) return 'other-error'
  return { nonce, salt, iterations: Number(iterations), extensions: taken.extensions }
}

export const writeServerFirst = (
  nonce: string,
  salt: Uint8Array,
  iterations: number,
  extensions?: ScramExtensions,
): string => `r=${nonce},s=${encodeBase64(salt)},i=${iterations}${writeExtensions(extensions)}`

/** The proof is the last attribute: extensions stand before it (RFC 5802 §7). */
export function parseClientFinal(text: string): ClientFinal | ScramFault {
  const end = text.lastIndexOf(',p=')
  if (end < 0) return 'other-error'
  const withoutProof = text.slice(0, end)
  const taken = takeAttributes(withoutProof, 'cr')
  if (typeof taken === 'string') return taken
  const [binding, nonce] = taken.values as [string, string]
  const channelBinding = decodeBase64(binding)
  const proof = decodeBase64(text.slice(end + 3))
  if (!channelBinding || !proof) return 'invalid-encoding'
  if (!NONCE.test(nonce)) return 'other-error'
  return { channelBinding, nonce, extensions: taken.extensions, proof, withoutProof }
}

export const writeClientFinalWithoutProof = (
  channelBinding: Uint8Array,
  nonce: string,
  extensions?: ScramExtensions,
): string => `c=${encodeBase64(channelBinding)},r=${nonce}${writeExtensions(extensions)}`

export const writeClientFinal = (withoutProof: string, proof: Uint8Array): string =>
  `${withoutProof},p=${encodeBase64(proof)}`

export function parseServerFinal(text: string): ServerFinal | ScramFault {
  const failed = takeAttributes(text, 'e')
  if (typeof failed !== 'string') return { error: failed.values[0] as string }
  const taken = takeAttributes(text, 'v')
  if (typeof taken === 'string') return taken
  const signature = decodeBase64(taken.values[0] as string)
  return signature ? { signature } : 'invalid-encoding'
}

export const writeServerFinal = (signature: Uint8Array): string => `v=${encodeBase64(signature)}`
