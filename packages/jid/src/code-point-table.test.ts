import { expect, test } from 'vitest'
import { CodePointTable } from './code-point-table.ts'
import { JidError } from './jid-error.ts'
import { checkClass, FREEFORM, IDENTIFIER, IDENTIFIER_AND_LABEL, type StringClass } from './string-class.ts'
import { DIRECTIONS, EUROPEAN_NUMBER, LEFT_TO_RIGHT, NONSPACING_MARK, RIGHT_TO_LEFT } from './tables.generated.ts'

/** RFC 5892 §2.6: every code point whose class is an exception. */
const EXCEPTIONS =
  /[\xdf\u03c2\u06fd\u06fe\u0f0b\u3007\xb7\u0375\u05f3\u05f4\u30fb\u0660-\u0669\u06f0-\u06f9\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/u
const JOIN_CONTROL = /[\u200c\u200d]/u
const OLD_HANGUL_JAMO = /[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7c6\ud7cb-\ud7fb]/u
const LETTER_DIGITS = /[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/u
const ALL_FREEFORM = /[\p{Lt}\p{Nl}\p{No}\p{Me}\p{Zs}\p{S}\p{P}]/u

/** RFC 8264 §8 said a second time, with the engine's own properties. */
function expectedClass(character: string): number {
  if (/[!-~]/.test(character)) return IDENTIFIER
  if (/\p{Cn}/u.test(character) || OLD_HANGUL_JAMO.test(character)) return 0
  if (/\p{Default_Ignorable_Code_Point}|\p{Noncharacter_Code_Point}|\p{Cc}/u.test(character)) return 0
  if (character.normalize('NFKC') !== character) return FREEFORM
  if (LETTER_DIGITS.test(character)) return IDENTIFIER
  return ALL_FREEFORM.test(character) ? FREEFORM : 0
}

function isIn(codePoint: number, stringClass: StringClass): boolean {
  try {
    checkClass([codePoint], stringClass, 'local')
    return true
  } catch (error) {
    if (error instanceof JidError) return false
    throw error
  }
}

function foundClass(codePoint: number): number {
  if (!isIn(codePoint, FREEFORM)) return 0
  return isIn(codePoint, IDENTIFIER) ? IDENTIFIER : FREEFORM
}

function* sampledCodePoints(): Generator<[codePoint: number, character: string]> {
  for (let codePoint = 0; codePoint < 0x110000; codePoint += codePoint < 0x3400 ? 1 : 7) {
    const character = String.fromCodePoint(codePoint)
    if (/\p{Cs}/u.test(character)) continue
    yield [codePoint, character]
  }
}

test('RFC 8264 §8: the table and the engine agree on the classes', { timeout: 60_000 }, () => {
  const wrong: string[] = []
  for (const [codePoint, character] of sampledCodePoints()) {
    if (EXCEPTIONS.test(character) || JOIN_CONTROL.test(character)) continue
    if (foundClass(codePoint) !== expectedClass(character)) wrong.push(codePoint.toString(16))
  }
  expect(wrong).toEqual([])
})

test('RFC 5892 §3: what a label may have is stable under NFKC and lower case, but for Cherokee capitals', {
  timeout: 60_000,
}, () => {
  const wrong: string[] = []
  for (const [codePoint, character] of sampledCodePoints()) {
    if (!isIn(codePoint, IDENTIFIER_AND_LABEL) || EXCEPTIONS.test(character)) continue
    if (codePoint >= 0x13a0 && codePoint <= 0x13f5) continue
    if (character.toLowerCase().normalize('NFKC') !== character) wrong.push(codePoint.toString(16))
  }
  expect(wrong).toEqual([])
})

test('RFC 5892 §2.6: the exceptions of class PVALID and DISALLOWED', () => {
  for (const codePoint of [0xdf, 0x3c2, 0x6fd, 0x6fe, 0xf0b, 0x3007]) {
    expect(isIn(codePoint, IDENTIFIER_AND_LABEL)).toBe(true)
  }
  for (const codePoint of [0x640, 0x7fa, 0x302e, 0x302f, 0x3031, 0x3035, 0x303b]) {
    expect(isIn(codePoint, FREEFORM)).toBe(false)
  }
})

test.each([
  [0x41, LEFT_TO_RIGHT],
  [0x39, EUROPEAN_NUMBER],
  [0x5d0, RIGHT_TO_LEFT],
  [0x301, NONSPACING_MARK],
])('RFC 5893 §2: the direction of U+%s', (codePoint, direction) => {
  expect(new CodePointTable(DIRECTIONS).of(codePoint)).toBe(direction)
})
