import { IN_RESOURCE, surveyAscii } from './ascii.ts'
import { hasRightToLeft, satisfiesBidiRule } from './bidi.ts'
import { JidError, type JidPart } from './jid-error.ts'
import { checkOctets, checkUnprepared } from './octets.ts'
import { checkClass, codePointsOf, FREEFORM, IDENTIFIER } from './string-class.ts'

/** Everything that has a decomposition of type `<wide>` or `<narrow>`. */
const FULLWIDTH_AND_HALFWIDTH = /[\u3000\uff01-\uffee]/g
const CAPITAL_SIGMA = /\u03a3/g
const SPACES = /\p{Zs}/gu
/** RFC 8264 §7: how often the rules may run again until their output is stable. */
const MAX_REPETITIONS = 3

/** RFC 8265 §3.3.1 and RFC 5895 §2: fullwidth and halfwidth code points become their decomposition mappings. */
export function mapWidth(text: string): string {
  return text.replace(FULLWIDTH_AND_HALFWIDTH, (character) => character.normalize('NFKC'))
}

/**
 * Unicode toLowerCase() of each code point by itself: a final capital sigma becomes σ, not ς, since the mapping does
 * not account for ς (RFC 8265 §3.6) and an address does not depend on where in it a letter stands.
 */
export function mapCase(text: string): string {
  return text.replace(CAPITAL_SIGMA, '\u03c3').toLowerCase()
}

function usernameMappings(text: string): string {
  return mapCase(mapWidth(text)).normalize('NFC')
}

function opaqueMappings(text: string): string {
  return text.replace(SPACES, ' ').normalize('NFC')
}

/** RFC 8264 §7: rules are applied until the output is stable, or the text is refused. */
function stabilize(text: string, rules: (text: string) => string, part: JidPart): string {
  let current = rules(text)
  for (let repetition = 0; repetition < MAX_REPETITIONS; repetition++) {
    const next = rules(current)
    if (next === current) return current
    current = next
  }
  throw new JidError('disallowed', part, 'has no stable form')
}

/** The UsernameCaseMapped profile (RFC 8265 §3.3), its rules in the order of RFC 8264 §7: code points come last. */
export function usernameCaseMapped(text: string): string {
  checkUnprepared(text, 'local')
  const mapped = checkOctets(stabilize(text, usernameMappings, 'local'), 'local')
  const codePoints = codePointsOf(mapped)
  checkClass(codePoints, IDENTIFIER, 'local')
  if (hasRightToLeft(codePoints) && !satisfiesBidiRule(codePoints)) {
    throw new JidError('direction', 'local', 'mixes directions against the Bidi Rule')
  }
  return mapped
}

/**
 * The OpaqueString profile (RFC 8265 §4.2), for passwords and resourceparts: other spaces become U+0020, NFC applies.
 * @param part the part that an error names; leave it out for a password, of which no error tells anything.
 * @throws {JidError} when the text is empty, longer than 4092 UTF-16 units, or has a code point outside the
 * FreeformClass (RFC 8264 §4.3).
 * @example opaqueString('correct\u00a0horse') // 'correct horse'
 */
export function opaqueString(text: string, part: JidPart = 'password'): string {
  if (text !== '' && (surveyAscii(text, IN_RESOURCE) & IN_RESOURCE) !== 0) return text
  checkUnprepared(text, part)
  const mapped = stabilize(text, opaqueMappings, part)
  checkClass(codePointsOf(mapped), FREEFORM, part)
  return mapped
}
