import { MAX_PART_OCTETS } from './octets.ts'

/** What an ASCII character may be part of; a character has several bits. */
export const IN_LOCAL = 1
export const IN_DOMAIN = 2
export const IN_RESOURCE = 4
export const UPPERCASE = 8
/** What {@link surveyAscii} says in place of bits of text that is not ASCII, or too long for a part if it is. */
export const NOT_ASCII = 16

/** RFC 7622 §3.3.1: the eight characters that a localpart may not contain although the IdentifierClass has them. */
export const EXCLUDED_FROM_LOCAL = '"&\'/:<>@'

function bitsOf(code: number): number {
  const character = String.fromCharCode(code)
  if (code < 0x20 || code === 0x7f) return 0
  return (
    IN_RESOURCE |
    (code === 0x20 || EXCLUDED_FROM_LOCAL.includes(character) ? 0 : IN_LOCAL) |
    (/[a-zA-Z0-9.-]/.test(character) ? IN_DOMAIN : 0) |
    (/[A-Z]/.test(character) ? UPPERCASE : 0)
  )
}

/** The bits of each ASCII character, by its code. */
const BITS = Uint8Array.from({ length: 128 }, (_, code) => bitsOf(code))

/**
 * One pass over a part: 0 when an ASCII character lacks the bit `needed`, {@link NOT_ASCII} when another character
 * comes first, else `needed`, with {@link UPPERCASE} added when a capital letter occurs.
 */
export function surveyAscii(text: string, needed: number): number {
  if (text.length > MAX_PART_OCTETS) return NOT_ASCII
  let seen = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 128) return NOT_ASCII
    const bits = BITS[code] as number
    if ((bits & needed) === 0) return 0
    seen |= bits
  }
  return needed | (seen & UPPERCASE)
}
