/**
 * Feeds parseJid and the prepare functions with random text: `node --conditions=@parlour/source
 * packages/jid/fuzz/jid.fuzz.ts --seconds 10 [--seed N]`. Exits 1 with the input when anything but a JidError is
 * raised, an accepted address is not stable, one input takes too long, or memory grows.
 */
import { fuzzing } from '@parlour/testing'
import { corpus } from '../src/corpus.ts'
import { escapeLocal, JidError, opaqueString, parseJid, unescapeLocal } from '../src/index.ts'

const { pick, random, run } = fuzzing()

const SPECIAL = [
  ...'@/.:[]-_\\"&\'<> %',
  ...['\u0000', '\u007f', '\u00ad', '\u00b7', '\u00df', '\u0130', '\u0301', '\u0375', '\u03a3', '\u03c2', '\u05d0'],
  ...['\u05b0', '\u05f3', '\u0628', '\u0640', '\u0660', '\u06f0', '\u094d', '\u1100', '\u1161', '\u200c', '\u200d'],
  ...['\u2163', '\u3000', '\u3002', '\u30fb', '\uac00', '\ud800', '\udfff', '\ufb01', '\uff20', '\uff61', '\uff9e'],
  ...['xn--', '--', '::', '%25', '\\20', '\\5c', '\u{10428}', '\u{1f600}', '\u{e0041}', '\u{10ffff}'],
]

const PIECES: readonly (() => string)[] = [
  () => pick(SPECIAL),
  () => String.fromCharCode(random(128)),
  () => String.fromCharCode(random(0x10000)),
  () => String.fromCodePoint(random(0x110000)),
  () => pick(corpus).address,
  () => pick(SPECIAL).repeat(random(1100)),
]

/** An address of the corpus with a few pieces put in, taken out or doubled, or pieces alone. */
function makeInput(): string {
  let text = random(3) === 0 ? '' : pick(corpus).address
  for (let edits = random(8); edits >= 0; edits--) {
    const at = random(text.length + 1)
    text = text.slice(0, at) + pick(PIECES)() + text.slice(at + random(3))
  }
  return text
}

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action()
  } catch (error) {
    if (error instanceof JidError) return undefined
    throw error
  }
}

function check(holds: boolean, claim: string): void {
  if (!holds) throw new Error(claim)
}

function tryInput(text: string): void {
  const jid = attempt(() => parseJid(text))
  if (jid) {
    const parts = [jid.local, jid.domain, jid.resource]
    check(parseJid(jid.toString()).equals(jid), 'an accepted address parses to itself')
    check(jid.bare.withResource(jid.resource).equals(jid), 'an address is its bare address and its resourcepart')
    check(
      parts.every((part) => new TextEncoder().encode(part).length <= 1023),
      'a part has at most 1023 octets',
    )
    check(jid.toString().isWellFormed(), 'an accepted address has no lone surrogate')
  }
  const opaque = attempt(() => opaqueString(text))
  if (opaque !== undefined) check(opaqueString(opaque) === opaque, 'an opaque string is stable')
  const typed = text.replace(/^ +| +$/g, '')
  check(unescapeLocal(escapeLocal(typed)) === typed, 'unescaping undoes escaping')
}

console.log(`${await run({ make: makeInput, attempt: tryInput })} addresses`)
