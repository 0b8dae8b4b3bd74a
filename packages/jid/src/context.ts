import { CodePointTable } from './code-point-table.ts'
import {
  DUAL_JOINING,
  GREEK,
  HEBREW,
  JOINING_TYPES,
  KANA_OR_HAN,
  LEFT_JOINING,
  NEIGHBOURS,
  RIGHT_JOINING,
  TRANSPARENT,
  VIRAMA,
} from './tables.generated.ts'

const joiningTypes = new CodePointTable(JOINING_TYPES)
const neighbours = new CodePointTable(NEIGHBOURS)

/** Whether the code point at `index` may stand there. */
type ContextRule = (codePoints: readonly number[], index: number) => boolean

const LATIN_SMALL_LETTER_L = 0x6c

function neighbourAt(codePoints: readonly number[], index: number): number | undefined {
  const codePoint = codePoints[index]
  return codePoint === undefined ? undefined : neighbours.of(codePoint)
}

const followsVirama: ContextRule = (codePoints, index) => neighbourAt(codePoints, index - 1) === VIRAMA
const followsHebrew: ContextRule = (codePoints, index) => neighbourAt(codePoints, index - 1) === HEBREW

/** The joining type of the nearest code point in a direction that is not transparent. */
function joiningBeside(codePoints: readonly number[], index: number, step: 1 | -1): number | undefined {
  for (let at = index + step; ; at += step) {
    const codePoint = codePoints[at]
    const joining = codePoint === undefined ? undefined : joiningTypes.of(codePoint)
    if (joining !== TRANSPARENT) return joining
  }
}

/** Appendix A.1: `(Joining_Type:{L,D})(Joining_Type:T)*\u200C(Joining_Type:T)*(Joining_Type:{R,D})`. */
const breaksCursiveConnection: ContextRule = (codePoints, index) => {
  const before = joiningBeside(codePoints, index, -1)
  const after = joiningBeside(codePoints, index, 1)
  return (before === LEFT_JOINING || before === DUAL_JOINING) && (after === RIGHT_JOINING || after === DUAL_JOINING)
}

function hasBetween(codePoints: readonly number[], first: number, last: number): boolean {
  return codePoints.some((codePoint) => first <= codePoint && codePoint <= last)
}

/** RFC 5892 appendix A, rule by rule: the code points `first` to `last` may stand where `holds`. */
const CONTEXT_RULES: readonly { first: number; last: number; holds: ContextRule }[] = [
  // A.1 ZERO WIDTH NON-JOINER
  { first: 0x200c, last: 0x200c, holds: (text, at) => followsVirama(text, at) || breaksCursiveConnection(text, at) },
  // A.2 ZERO WIDTH JOINER
  { first: 0x200d, last: 0x200d, holds: followsVirama },
  // A.3 MIDDLE DOT
  {
    first: 0xb7,
    last: 0xb7,
    holds: (text, at) => text[at - 1] === LATIN_SMALL_LETTER_L && text[at + 1] === LATIN_SMALL_LETTER_L,
  },
  // A.4 GREEK LOWER NUMERAL SIGN (KERAIA)
  { first: 0x375, last: 0x375, holds: (text, at) => neighbourAt(text, at + 1) === GREEK },
  // A.5 HEBREW PUNCTUATION GERESH and A.6 HEBREW PUNCTUATION GERSHAYIM
  { first: 0x5f3, last: 0x5f4, holds: followsHebrew },
]

/** The same for the rules that look at the whole text, wherever in it the code point stands. */
const WHOLE_TEXT_RULES: readonly { first: number; last: number; holds: (codePoints: readonly number[]) => boolean }[] =
  [
    // A.7 KATAKANA MIDDLE DOT
    {
      first: 0x30fb,
      last: 0x30fb,
      holds: (text) => text.some((codePoint) => neighbours.of(codePoint) === KANA_OR_HAN),
    },
    // A.8 ARABIC-INDIC DIGITS
    { first: 0x660, last: 0x669, holds: (text) => !hasBetween(text, 0x6f0, 0x6f9) },
    // A.9 EXTENDED ARABIC-INDIC DIGITS
    { first: 0x6f0, last: 0x6f9, holds: (text) => !hasBetween(text, 0x660, 0x669) },
  ]

/**
 * The contextual rules for one text, asked for each of its CONTEXTJ and CONTEXTO code points (RFC 8264 §8, RFC 5892
 * appendix A). What holds for the whole text is found once for a code point, or many of them would cost the square.
 */
export class Context {
  readonly #codePoints: readonly number[]
  readonly #confirmed = new Set<number>()

  constructor(codePoints: readonly number[]) {
    this.#codePoints = codePoints
  }

  /** Whether a rule confirms the code point at `index` in its place. */
  confirms(index: number): boolean {
    const codePoint = this.#codePoints[index] as number
    if (this.#confirmed.has(codePoint)) return true
    const covers = (rule: { first: number; last: number }) => rule.first <= codePoint && codePoint <= rule.last
    const placeRule = CONTEXT_RULES.find(covers)
    if (placeRule) return placeRule.holds(this.#codePoints, index)
    const holds = WHOLE_TEXT_RULES.find(covers)?.holds(this.#codePoints) ?? false
    if (holds) this.#confirmed.add(codePoint)
    return holds
  }
}
