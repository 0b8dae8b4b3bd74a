import { MAX_LABEL_OCTETS } from './ascii.ts'
import { hasRightToLeft, satisfiesBidiRule } from './bidi.ts'
import { JidError } from './jid-error.ts'
import { decodePunycode, encodePunycode } from './punycode.ts'
import { checkClass, codePointsOf, IDENTIFIER_AND_LABEL } from './string-class.ts'

/** RFC 5890 §2.3.2.5: the ACE prefix. */
const PREFIX = 'xn--'
const LEADING_MARK = /^\p{M}/u
const NOT_ASCII = /[\u0080-\u{10ffff}]/u

/** The error for a label that DNS could not carry. */
export function labelTooLong(): JidError {
  return new JidError('too-long', 'domain', `has a label longer than ${MAX_LABEL_OCTETS} octets`)
}

/**
 * The U-label of an A-label, or of a putative U-label that is mapped already (RFC 5891 §5.3, §5.4).
 * @throws {JidError} when IDNA2008 has no such label.
 */
export function internationalLabel(label: string): string {
  return label.startsWith(PREFIX) ? fromALabel(label) : checkULabel(label)
}

/** RFC 5891 §5.3: the A-label of the result must be the one that was given. */
function fromALabel(aLabel: string): string {
  if (aLabel.length > MAX_LABEL_OCTETS) throw labelTooLong()
  const decoded = decodePunycode(aLabel.slice(PREFIX.length)) ?? ''
  if (!NOT_ASCII.test(decoded) || decoded.normalize('NFC') !== decoded || PREFIX + encodePunycode(decoded) !== aLabel) {
    throw new JidError('label', 'domain', 'has a label that begins with xn-- and is no A-label')
  }
  return checkULabel(decoded)
}

/** RFC 5891 §4.2.3 and §5.4; the Bidi Rule is for whole domains, see {@link checkDirections}. */
function checkULabel(label: string): string {
  if (label.startsWith('-') || label.endsWith('-') || label.startsWith('--', 2)) {
    throw new JidError('label', 'domain', 'has a label with hyphens where it may have none')
  }
  if (LEADING_MARK.test(label)) throw new JidError('label', 'domain', 'has a label that begins with a combining mark')
  const codePoints = codePointsOf(label)
  checkClass(codePoints, IDENTIFIER_AND_LABEL, 'domain')
  // Punycode spends at least an octet on each code point, so what is longer need not be encoded to be refused.
  if (codePoints.length > MAX_LABEL_OCTETS || (PREFIX + encodePunycode(label)).length > MAX_LABEL_OCTETS) {
    throw labelTooLong()
  }
  return label
}

/** RFC 5893 §2: if one label runs from right to left, each label has to satisfy the Bidi Rule. */
export function checkDirections(labels: readonly string[]): void {
  const codePoints = labels.map(codePointsOf)
  if (codePoints.some(hasRightToLeft) && !codePoints.every(satisfiesBidiRule)) {
    throw new JidError('direction', 'domain', 'mixes directions against the Bidi Rule')
  }
}
