import { createRequire } from 'node:module'
import { test } from 'vitest'
import type { parseJid as ParseJid } from './index.ts'
import type { parseUncached as ParseUncached } from './parse.ts'

// Loaded by Node itself: the test runner's modules put a getter before each import, which costs more than the parsing.
const require = createRequire(import.meta.url)
const { parseJid } = require('./index.ts') as { parseJid: typeof ParseJid }
const { parseUncached } = require('./parse.ts') as { parseUncached: typeof ParseUncached }

/** Addresses an iteration: the mean in milliseconds, times 10 000, is the nanoseconds that one takes. */
const BATCH = 100

/** More texts than the cache remembers, cut from one chunk as a parser cuts them. */
function textsOf(prefix: string): string[] {
  const all = Array.from({ length: 20_000 }, (_, index) => `${prefix}${index}@example.com/phone-${index}`)
  const chunk = all.join(' ')
  let start = 0
  return all.map((text) => {
    const cut = chunk.slice(start, start + text.length)
    start += text.length + 1
    return cut
  })
}

const ascii = textsOf('juliet')
const capitals = textsOf('Juliet')
const beyondAscii = textsOf('jülîet')
const few = ascii.slice(0, 2000)
let next = 0

/** Each text in turn, so that no iteration sees the same string twice in a row. */
function batch(texts: readonly string[], parse: typeof parseJid): void {
  for (let count = 0; count < BATCH; count++) {
    next = (next + 1) % texts.length
    parse(texts[next] as string)
  }
}

test('100 addresses', async ({ bench }) => {
  await bench.compare(
    bench('remembered by the cache', () => batch(few, parseJid)),
    bench('ASCII, parsed', () => batch(ascii, parseUncached)),
    bench('ASCII, parsed and remembered', () => batch(ascii, parseJid)),
    bench('ASCII with a capital, parsed', () => batch(capitals, parseUncached)),
    bench('beyond ASCII, parsed', () => batch(beyondAscii, parseUncached)),
  )
})
