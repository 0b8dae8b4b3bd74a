import { JUST_ABOVE } from './page-range.ts'
import type { Prepared } from './prepared.ts'

/** Halvings before the rest is walked through: 2^40 is more than any archive has entries. */
const MAX_HALVINGS = 40
/** Characters of ids that are looked at together: 95^7 is less than 2^53. */
const WIDTH = 7
const BASE = 95
const LOWEST = 0x20

/** The id of the first entry at a time or later: ids are in order of time, so it is found by halving what lies between them. */
export function firstAt(prepared: Prepared, archive: number, time: number): string | undefined {
  const last = prepared.row('lastEntry', archive) as EntryTime | undefined
  if (last === undefined || last[1] < time) return undefined
  const first = prepared.row('entryFrom', archive, '') as EntryTime
  if (first[1] >= time) return first[0]
  let below = first[0]
  let key = last[0]
  let found = last[0]
  for (let halving = 0; halving < MAX_HALVINGS; halving++) {
    const middle = between(below, key)
    if (middle === undefined) break
    const [id, at] = prepared.row('entryFrom', archive, middle) as EntryTime
    if (at < time) below = id
    else [key, found] = [middle, id]
  }
  return prepared.row('firstOfTime', archive, below, found, time)?.[0] as string | undefined
}

/** Above all entries at a time or earlier, and below the later ones. */
export function boundAfter(prepared: Prepared, archive: number, time: number): string | undefined {
  if (time < Number.MAX_SAFE_INTEGER) return firstAt(prepared, archive, time + 1)
}

type EntryTime = readonly [id: string, at: number]

/** A string about midway between two, or undefined when they are as good as next to each other. */
function between(low: string, high: string): string | undefined {
  let common = 0
  while (common < low.length && low[common] === high[common]) common++
  const from = digitsOf(low, common)
  const to = digitsOf(high, common)
  const middle = Math.floor((from + to) / 2)
  if (middle <= from || middle >= to) return undefined
  return low.slice(0, common) + textOf(middle)
}

function digitsOf(text: string, from: number): number {
  let value = 0
  for (let i = from; i < from + WIDTH; i++) value = value * BASE + (i < text.length ? text.charCodeAt(i) - LOWEST : 0)
  return value
}

function textOf(value: number): string {
  let text = ''
  for (let rest = value, i = 0; i < WIDTH; i++, rest = Math.floor(rest / BASE))
    text = String.fromCharCode((rest % BASE) + LOWEST) + text
  return text.trimEnd() || JUST_ABOVE
}
