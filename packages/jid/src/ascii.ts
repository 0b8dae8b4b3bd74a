import { MAX_PART_OCTETS } from './octets.ts'

/** What an ASCII character may be part of; a character has several bits. */
export const IN_LOCAL = 1
export const IN_DOMAIN = 2
export const IN_RESOURCE = 4
export const UPPERCASE = 8
/** RFC 1035 §2.3.4: the octets of a label as DNS carries it, so of the A-label, not of the U-label. */
export const MAX_LABEL_OCTETS = 63
const DOT = 0x2e
const HYPHEN = 0x2d

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
  return surveyRange(text, 0, text.length, needed)
}

function surveyRange(text: string, start: number, end: number, needed: number): number {
  let seen = 0
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code >= 128) return NOT_ASCII
    const bits = BITS[code] as number
    if ((bits & needed) === 0) return 0
    seen |= bits
  }
  return needed | (seen & UPPERCASE)
}

/** Whether `text` from `start` to `end` is a localpart of ASCII that preparation leaves as it is. */
export function isPreparedLocal(text: string, start: number, end: number): boolean {
  return isPartLength(end - start) && surveyRange(text, start, end, IN_LOCAL) === IN_LOCAL
}

/** Whether `text` from `start` to `end` is a resourcepart of ASCII; preparation leaves those as they are. */
export function isPreparedResource(text: string, start: number, end: number): boolean {
  return isPartLength(end - start) && (surveyRange(text, start, end, IN_RESOURCE) & IN_RESOURCE) !== 0
}

function isPartLength(length: number): boolean {
  return length > 0 && length <= MAX_PART_OCTETS
}

/**
 * Whether `text` from `start` to `end` is a domainpart that preparation leaves as it is, for a certain kind: NR-LDH
 * labels in lower case (RFC 5890 §2.3.1). Any label with a hyphen in its fourth place is left to the long way.
 */
export function isPreparedDomain(text: string, start: number, end: number): boolean {
  if (!isPartLength(end - start)) return false
  let labelStart = start
  let previous = DOT
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code >= 128 || ((BITS[code] as number) & (IN_DOMAIN | UPPERCASE)) !== IN_DOMAIN) return false
    if (code === DOT) {
      if (previous === DOT || previous === HYPHEN || index - labelStart > MAX_LABEL_OCTETS) return false
      labelStart = index + 1
    } else if (code === HYPHEN && (previous === DOT || index === labelStart + 3)) return false
    previous = code
  }
  return previous !== DOT && previous !== HYPHEN && end - labelStart <= MAX_LABEL_OCTETS
}
