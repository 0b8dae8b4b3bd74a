import { CodePointTable } from './code-point-table.ts'
import { Context } from './context.ts'
import { codePointName, JidError, type JidPart } from './jid-error.ts'
import { CLASSES, CONTEXT, FREEFORM, IDENTIFIER, IDENTIFIER_AND_LABEL } from './tables.generated.ts'

/** What the code points of a text must belong to. */
export type StringClass = typeof FREEFORM | typeof IDENTIFIER | typeof IDENTIFIER_AND_LABEL

export { FREEFORM, IDENTIFIER, IDENTIFIER_AND_LABEL }

const classes = new CodePointTable(CLASSES)

export function codePointsOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) as number)
}

/**
 * Refuses code points outside a class: IdentifierClass or FreeformClass (RFC 8264 §4), or those of a label (RFC 5892).
 * @throws {JidError} `disallowed`, also for what Unicode has not assigned, or `context`.
 */
export function checkClass(codePoints: readonly number[], stringClass: StringClass, part: JidPart): void {
  let context: Context | undefined
  codePoints.forEach((codePoint, index) => {
    const found = classes.of(codePoint)
    if (found !== CONTEXT && found < stringClass) throw new JidError('disallowed', part, refusal(codePoint, part))
    if (found !== CONTEXT) return
    context ??= new Context(codePoints)
    if (!context.confirms(index)) {
      throw new JidError('context', part, `${refusal(codePoint, part)} in this place`)
    }
  })
}

/** A message may name a character of an address, but none of a password. */
function refusal(codePoint: number, part: JidPart): string {
  return part === 'password' ? 'has a disallowed code point' : `may not contain ${codePointName(codePoint)}`
}
