import { CodePointTable } from './code-point-table.ts'
import {
  ARABIC_NUMBER,
  DIRECTIONS,
  EUROPEAN_NUMBER,
  LEFT_TO_RIGHT,
  NONSPACING_MARK,
  RIGHT_TO_LEFT,
} from './tables.generated.ts'

const directions = new CodePointTable(DIRECTIONS)
/** U+0590: no code point before the Hebrew block runs from right to left. */
const FIRST_RIGHT_TO_LEFT = 0x590

/** Whether text has a code point of Bidi class R, AL or AN (RFC 5893 §1.4). */
export function hasRightToLeft(codePoints: readonly number[]): boolean {
  return codePoints.some((codePoint) => {
    if (codePoint < FIRST_RIGHT_TO_LEFT) return false
    const direction = directions.of(codePoint)
    return direction === RIGHT_TO_LEFT || direction === ARABIC_NUMBER
  })
}

/** RFC 5893 §2, the Bidi Rule, for code points that are all PVALID or confirmed by their context. */
export function satisfiesBidiRule(codePoints: readonly number[]): boolean {
  const classes = codePoints.map((codePoint) => directions.of(codePoint))
  // Condition 1.
  if (classes[0] === RIGHT_TO_LEFT) return satisfiesRightToLeft(classes)
  return classes[0] === LEFT_TO_RIGHT && satisfiesLeftToRight(classes)
}

/** Conditions 2 to 4. */
function satisfiesRightToLeft(classes: readonly number[]): boolean {
  const hasEuropean = classes.includes(EUROPEAN_NUMBER)
  const hasArabic = classes.includes(ARABIC_NUMBER)
  const last = lastClass(classes)
  const endsWell = last === RIGHT_TO_LEFT || last === EUROPEAN_NUMBER || last === ARABIC_NUMBER
  return !classes.includes(LEFT_TO_RIGHT) && endsWell && !(hasEuropean && hasArabic)
}

/** Conditions 5 and 6. */
function satisfiesLeftToRight(classes: readonly number[]): boolean {
  const last = lastClass(classes)
  const endsWell = last === LEFT_TO_RIGHT || last === EUROPEAN_NUMBER
  return !classes.includes(RIGHT_TO_LEFT) && !classes.includes(ARABIC_NUMBER) && endsWell
}

/** The class of the last code point before the nonspacing marks at the end. */
function lastClass(classes: readonly number[]): number | undefined {
  return classes.findLast((direction) => direction !== NONSPACING_MARK)
}
