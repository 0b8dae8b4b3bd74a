import { decodeText } from '../bytes.ts'
import type { ServerContext } from './context.ts'
import { failure, type SaslOutcome } from './outcome.ts'

/** Waits for the trace information. */
export interface AwaitingTrace {
  readonly waitsFor: 'anonymous-trace'
}

/** RFC 4505 §2: a token of at most 255 characters. */
const MAXIMUM_CHARACTERS = 255
const USERNAME_OCTETS = 16

const hexadecimal = (octets: Uint8Array): string =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')

/** Makes a random user name; the trace information is checked and not used (XEP-0175 §3). */
export function stepAnonymous(
  _state: AwaitingTrace,
  message: Uint8Array,
  context: ServerContext,
): { readonly output: SaslOutcome } {
  const trace = decodeText(message)
  if (trace === undefined || trace.includes('\0') || [...trace].length > MAXIMUM_CHARACTERS) {
    return { output: failure('malformed-request', 'not trace information') }
  }
  const username = hexadecimal(context.randomBytes(USERNAME_OCTETS))
  const identity = `${username}@${context.domain}`
  return { output: { type: 'success', mechanism: 'ANONYMOUS', identity, username } }
}
