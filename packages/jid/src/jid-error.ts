/**
 * Which part of an address is at fault (RFC 7622 §3.1); `password` when `opaqueString` was given text that belongs to
 * no address.
 */
export type JidPart = 'local' | 'domain' | 'resource' | 'password'

const PART_NAMES = { local: 'localpart', domain: 'domainpart', resource: 'resourcepart', password: 'password' }

/**
 * What is wrong with an address:
 *
 * - `empty`: a part is missing or zero octets long (RFC 7622 §3.2, §3.3, §3.4)
 * - `too-long`: a part exceeds 1023 octets of UTF-8, or a domain label 63 octets
 * - `ill-formed`: the text has a lone surrogate, so no UTF-8 form exists
 * - `disallowed`: a code point that the part may not contain
 * - `context`: a code point that is allowed only beside certain others (RFC 5892 appendix A)
 * - `direction`: right-to-left text that breaks the Bidi Rule (RFC 5893 §2)
 * - `label`: a domain label that is neither an NR-LDH label, nor an A-label, nor a U-label (RFC 5890 §2.3)
 * - `ip-literal`: brackets that hold no IP literal (RFC 3986 §3.2.2)
 */
export type JidErrorCode =
  | 'empty'
  | 'too-long'
  | 'ill-formed'
  | 'disallowed'
  | 'context'
  | 'direction'
  | 'label'
  | 'ip-literal'

/**
 * The error that everything in this package raises for text that is no address.
 * The message names the part and the fault and never repeats the whole input.
 */
export class JidError extends Error {
  readonly code: JidErrorCode
  readonly part: JidPart

  constructor(code: JidErrorCode, part: JidPart, fault: string) {
    super(`the ${PART_NAMES[part]} ${fault}`)
    this.name = 'JidError'
    this.code = code
    this.part = part
  }
}

/** `U+0040` for 0x40: how messages name a code point, since the character itself may be invisible. */
export function codePointName(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
}
