import { JidError } from './jid-error.ts'
import { decodePunycode, encodePunycode } from './punycode.ts'

const PREFIX = 'xn--'
const MAX_LABEL_OCTETS = 63

/** The U-label of an A-label or of a putative U-label that is mapped already (RFC 5891 §5). */
export function internationalLabel(label: string): string {
  const uLabel = label.startsWith(PREFIX) ? decodePunycode(label.slice(PREFIX.length)) : label
  if (uLabel === undefined || uLabel === '') throw new JidError('label', 'domain', 'has a malformed A-label')
  if (/[^a-z0-9\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}-]/u.test(uLabel)) {
    throw new JidError('disallowed', 'domain', 'has a label with a disallowed code point')
  }
  const aLabel = PREFIX + encodePunycode(uLabel)
  if (aLabel.length > MAX_LABEL_OCTETS) {
    throw new JidError('too-long', 'domain', `has a label longer than ${MAX_LABEL_OCTETS} octets`)
  }
  if (label.startsWith(PREFIX) && aLabel !== label) throw new JidError('label', 'domain', 'has a malformed A-label')
  return uLabel
}
