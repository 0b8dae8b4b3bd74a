const CODE_POINTS = 0x110000
/** Digits are `FIRST_DIGIT + 0…31` where a number ends and 32 more where it goes on, most significant first. */
const FIRST_DIGIT = 48

/**
 * A property of all code points as runs: each number is `(length - 1) * 8 + value`, in base 32. `undefined` means that
 * the value does not matter there, so the run before goes on. `decodeRuns` in `src/tables.ts` reads it.
 */
export function encodeRuns(property: (codePoint: number) => number | undefined): string {
  let encoded = ''
  let start = 0
  let current = property(0) ?? 0
  for (let codePoint = 1; codePoint < CODE_POINTS; codePoint++) {
    const value = property(codePoint) ?? current
    if (value === current) continue
    encoded += encodeNumber((codePoint - start - 1) * 8 + current)
    start = codePoint
    current = value
  }
  return encoded + encodeNumber((CODE_POINTS - start - 1) * 8 + current)
}

function encodeNumber(value: number): string {
  let digits = String.fromCharCode(FIRST_DIGIT + (value % 32))
  for (let rest = Math.floor(value / 32); rest > 0; rest = Math.floor(rest / 32)) {
    digits = String.fromCharCode(FIRST_DIGIT + 32 + (rest % 32)) + digits
  }
  return digits
}
