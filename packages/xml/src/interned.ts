import { copyString } from './copy.ts'

const ENTRIES = 1024
const MAX_LENGTH = 100

/**
 * Names and namespaces that came lately, in a table of fixed size: 1024 of at most 100 units. The same few come again
 * and again, so cutting each out of its stanza and hashing it anew would cost more than all else; a string from here
 * also retains no chunk. A newer one takes the place of an older one of the same slot.
 */
const TABLE: string[] = new Array(ENTRIES).fill('')

/** The text from `start` to `end`, as one string for equal texts where possible. */
export function interned(text: string, start: number, end: number): string {
  const length = end - start
  if (length > MAX_LENGTH || length === 0) return text.slice(start, end)
  const middle = text.charCodeAt(start + (length >> 1))
  const hash = text.charCodeAt(end - 1) * 31 + middle * 7 + text.charCodeAt(start) * 131 + length * 17
  const slot = hash & (ENTRIES - 1)
  const known = TABLE[slot] as string
  if (known.length === length && text.startsWith(known, start)) return known
  const found = copyString(text.slice(start, end))
  TABLE[slot] = found
  return found
}
