import { caseFolding, codePoints } from './unicode.ts'

const general = (...names: string[]) => codePoints(...names.map((name) => `General_Category/${name}`))
const binary = (...names: string[]) => codePoints(...names.map((name) => `Binary_Property/${name}`))

const unassigned = await general('Unassigned')
const nonCharacters = await binary('Noncharacter_Code_Point')
const letterDigits = await general(
  ...['Lowercase_Letter', 'Uppercase_Letter', 'Other_Letter', 'Decimal_Number'],
  ...['Modifier_Letter', 'Nonspacing_Mark', 'Spacing_Mark'],
)
const otherLetterDigits = await general('Titlecase_Letter', 'Letter_Number', 'Other_Number', 'Enclosing_Mark')
const spacesSymbolsPunctuation = await general('Space_Separator', 'Symbol', 'Punctuation')
const controls = await general('Control')
const joinControls = await binary('Join_Control')
const precisIgnorable = await binary('Default_Ignorable_Code_Point', 'Noncharacter_Code_Point')
const idnaIgnorable = await binary('Default_Ignorable_Code_Point', 'White_Space', 'Noncharacter_Code_Point')
/** RFC 5892 §2.9: Hangul_Syllable_Type L, V, T, which is all that is assigned in these blocks. */
const oldHangulJamo = await codePoints(
  ...['Block/Hangul_Jamo', 'Block/Hangul_Jamo_Extended_A', 'Block/Hangul_Jamo_Extended_B'],
)
/** RFC 5892 §2.4. */
const ignorableBlocks = await codePoints(
  ...['Block/Combining_Diacritical_Marks_For_Symbols', 'Block/Musical_Symbols'],
  'Block/Ancient_Greek_Musical_Notation',
)
const caseFold = await caseFolding()

/** What a code point may be part of. PVALID of IDNA2008 lies within PVALID of PRECIS. */
export const CLASS = {
  DISALLOWED: 0,
  FREEFORM: 1,
  IDENTIFIER: 2,
  IDENTIFIER_AND_LABEL: 3,
  CONTEXT: 4,
} as const

/** RFC 5892 §2.6, which RFC 8264 §9.6 takes over. */
const EXCEPTIONS: readonly (readonly [first: number, last: number, value: number])[] = [
  ...[0xdf, 0x3c2, 0x6fd, 0x6fe, 0xf0b, 0x3007].map((at) => [at, at, CLASS.IDENTIFIER_AND_LABEL] as const),
  ...[0xb7, 0x375, 0x5f3, 0x5f4, 0x30fb].map((at) => [at, at, CLASS.CONTEXT] as const),
  ...[[0x660, 0x669] as const, [0x6f0, 0x6f9] as const].map(([first, last]) => [first, last, CLASS.CONTEXT] as const),
  ...[0x640, 0x7fa, 0x302e, 0x302f, 0x303b].map((at) => [at, at, CLASS.DISALLOWED] as const),
  [0x3031, 0x3035, CLASS.DISALLOWED],
]

function nfkc(text: string): string {
  return text.normalize('NFKC')
}

/** RFC 5892 §2.2: toNFKC(toCaseFold(toNFKC(cp))) != cp. */
function isUnstable(codePoint: number): boolean {
  const folded = Array.from(nfkc(String.fromCodePoint(codePoint)), (part) => caseFold(part.codePointAt(0) ?? 0)).join(
    '',
  )
  return nfkc(folded) !== String.fromCodePoint(codePoint)
}

/** RFC 5892 §3, from the rule for LDH on. */
function isLabelCodePoint(codePoint: number): boolean {
  if (codePoint < 0x80) return /[a-z0-9-]/.test(String.fromCodePoint(codePoint))
  if (isUnstable(codePoint) || idnaIgnorable.has(codePoint) || ignorableBlocks.has(codePoint)) return false
  return letterDigits.has(codePoint)
}

/** RFC 8264 §8, in its order; surrogates never come so far. */
export function classOf(codePoint: number): number {
  const exception = EXCEPTIONS.find(([first, last]) => first <= codePoint && codePoint <= last)
  if (exception) return exception[2]
  if (unassigned.has(codePoint) && !nonCharacters.has(codePoint)) return CLASS.DISALLOWED
  const identifier = isLabelCodePoint(codePoint) ? CLASS.IDENTIFIER_AND_LABEL : CLASS.IDENTIFIER
  if (codePoint >= 0x21 && codePoint <= 0x7e) return identifier
  if (joinControls.has(codePoint)) return CLASS.CONTEXT
  if (oldHangulJamo.has(codePoint) || precisIgnorable.has(codePoint) || controls.has(codePoint)) return CLASS.DISALLOWED
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return CLASS.DISALLOWED
  const character = String.fromCodePoint(codePoint)
  if (nfkc(character) !== character) return CLASS.FREEFORM
  if (letterDigits.has(codePoint)) return identifier
  return otherLetterDigits.has(codePoint) || spacesSymbolsPunctuation.has(codePoint) ? CLASS.FREEFORM : CLASS.DISALLOWED
}

const identifiers = Uint8Array.from({ length: 0x110000 }, (_, codePoint) =>
  classOf(codePoint) >= CLASS.IDENTIFIER ? 1 : 0,
)

/** Only these can occur in a label or localpart, so only their other properties matter. */
function isIdentifier(codePoint: number): boolean {
  return identifiers[codePoint] === 1
}

/** Bidi classes, those together that RFC 5893 §2 treats alike. */
export const DIRECTION = {
  LEFT_TO_RIGHT: 0,
  RIGHT_TO_LEFT: 1,
  ARABIC_NUMBER: 2,
  EUROPEAN_NUMBER: 3,
  NONSPACING_MARK: 4,
  NEUTRAL: 5,
} as const

const bidi = (...names: string[]) => codePoints(...names.map((name) => `Bidi_Class/${name}`))
const directions: readonly (readonly [Set<number>, number])[] = [
  [await bidi('Left_To_Right'), DIRECTION.LEFT_TO_RIGHT],
  [await bidi('Right_To_Left', 'Arabic_Letter'), DIRECTION.RIGHT_TO_LEFT],
  [await bidi('Arabic_Number'), DIRECTION.ARABIC_NUMBER],
  [await bidi('European_Number'), DIRECTION.EUROPEAN_NUMBER],
  [await bidi('Nonspacing_Mark'), DIRECTION.NONSPACING_MARK],
  [
    await bidi(
      ...['European_Separator', 'Common_Separator', 'European_Terminator', 'Other_Neutral', 'Boundary_Neutral'],
    ),
    DIRECTION.NEUTRAL,
  ],
]

export function directionOf(codePoint: number): number | undefined {
  if (!isIdentifier(codePoint)) return undefined
  const found = directions.find(([members]) => members.has(codePoint))
  if (!found) throw new Error(`U+${codePoint.toString(16)} has a Bidi_Class that RFC 5893 §2 does not name`)
  return found[1]
}

export const JOINING = {
  NOT_JOINING: 0,
  DUAL_JOINING: 1,
  LEFT_JOINING: 2,
  RIGHT_JOINING: 3,
  TRANSPARENT: 4,
} as const

const joiningTypes: readonly (readonly [Set<number>, number])[] = [
  [await codePoints('Joining_Type/Dual_Joining'), JOINING.DUAL_JOINING],
  [await codePoints('Joining_Type/Left_Joining'), JOINING.LEFT_JOINING],
  [await codePoints('Joining_Type/Right_Joining'), JOINING.RIGHT_JOINING],
  [await codePoints('Joining_Type/Transparent'), JOINING.TRANSPARENT],
]

export function joiningOf(codePoint: number): number | undefined {
  if (!isIdentifier(codePoint)) return undefined
  return joiningTypes.find(([members]) => members.has(codePoint))?.[1] ?? JOINING.NOT_JOINING
}

export const NEIGHBOUR = { OTHER: 0, GREEK: 1, HEBREW: 2, KANA_OR_HAN: 3, VIRAMA: 4 } as const

const neighbours: readonly (readonly [Set<number>, number])[] = [
  [await codePoints('Script/Greek'), NEIGHBOUR.GREEK],
  [await codePoints('Script/Hebrew'), NEIGHBOUR.HEBREW],
  [await codePoints('Script/Hiragana', 'Script/Katakana', 'Script/Han'), NEIGHBOUR.KANA_OR_HAN],
]

/** A mark of combining class 10 and one of class 8: canonical ordering against both shows a class of 9. */
const CLASS_10 = '\u05b0'
const CLASS_8 = '\u3099'

/** Canonical_Combining_Class = Virama (9), which the data package does not list, by what normalization does with it. */
function isVirama(codePoint: number): boolean {
  const mark = String.fromCodePoint(codePoint)
  if (mark.normalize('NFD') !== mark) return false
  const belowTen = `a${CLASS_10}${mark}`.normalize('NFD') === `a${mark}${CLASS_10}`
  const aboveEight = `a${mark}${CLASS_8}`.normalize('NFD') === `a${CLASS_8}${mark}`
  return belowTen && aboveEight
}

export function neighbourOf(codePoint: number): number | undefined {
  if (!isIdentifier(codePoint)) return undefined
  if (isVirama(codePoint)) return NEIGHBOUR.VIRAMA
  return neighbours.find(([members]) => members.has(codePoint))?.[1] ?? NEIGHBOUR.OTHER
}
