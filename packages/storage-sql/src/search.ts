import { MAX_SEARCH_WORDS } from '@parlour/storage'
import { idBounds } from './id-bounds.ts'
import type { EntryRow, PageRequest, PageRows } from './messages.ts'
import type { Target } from './write.ts'

/** Matches that are looked at in one step, and at most. */
const STEP = 500
const MAX_MATCHES = 100_000
/**
 * Texts are numbered in the order of their commits, ids are given a little before: by so many numbers, which others take
 * meanwhile, a text may be out of the order of ids.
 */
const SLACK = 5000
const NUMBER_MAX = Number.MAX_SAFE_INTEGER
const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu

/** The page of those entries whose text has all words; their index is up to date already. */
export function searchPage(target: Target, archive: number, request: PageRequest, search: string): PageRows {
  const bounds = idBounds(target, archive, request)
  const match = matchOf(archive, search)
  if (bounds === undefined || match === undefined)
    return { rows: [], complete: true, count: request.count ? 0 : undefined }
  const { found, isExhausted } = collect(target, archive, request, match, bounds)
  found.sort((a, b) => (a[0] < b[0] ? -1 : 1))
  if (request.reverse) found.reverse()
  const counted = request.count ? countAll(target, archive, request, match) : undefined
  return { rows: found.slice(0, request.max), complete: isExhausted && found.length <= request.max, count: counted }
}

function countAll(target: Target, archive: number, request: PageRequest, match: string): number {
  const all = { ...request, from: '', to: '\x7f', max: MAX_MATCHES }
  const bounds = idBounds(target, archive, all)
  return bounds === undefined ? 0 : collect(target, archive, all, match, bounds).found.length
}

interface Collected {
  readonly found: EntryRow[]
  readonly isExhausted: boolean
}

/** Walks the matches in the order of their numbers, until there are more than a page or no more. */
function collect(
  target: Target,
  archive: number,
  request: PageRequest,
  match: string,
  bounds: [string, string],
): Collected {
  const { reverse } = request
  const found: EntryRow[] = []
  let [low, high] = numbersOf(target, archive, bounds)
  for (let looked = 0; looked < MAX_MATCHES; looked += STEP) {
    const statement = reverse ? 'findTextsReverse' : 'findTexts'
    const matches = target.prepared.rows(statement, match, low, high, STEP) as [number, string][]
    for (const [, id] of matches) {
      const row = id >= bounds[0] && id < bounds[1] ? entryOf(target, archive, request, id) : undefined
      if (row) found.push(row)
    }
    if (matches.length < STEP) return { found, isExhausted: true }
    if (found.length > request.max) return { found, isExhausted: false }
    const last = (matches.at(-1) as [number, string])[0]
    if (reverse) high = last - 1
    else low = last + 1
  }
  return { found, isExhausted: found.length === 0 }
}

function entryOf({ prepared }: Target, archive: number, request: PageRequest, id: string): EntryRow | undefined {
  if (request.ids !== undefined && !request.ids.includes(id)) return undefined
  const row = prepared.row('getEntry', archive, id) as EntryRow | undefined
  if (row === undefined || (request.with !== undefined && row[2] !== request.with)) return undefined
  const [start, end] = [request.start ?? Number.MIN_SAFE_INTEGER, request.end ?? NUMBER_MAX]
  return row[1] >= start && row[1] <= end ? row : undefined
}

/** Between which numbers the texts of a range of ids are. */
function numbersOf({ prepared }: Target, archive: number, [from, to]: [string, string]): [number, number] {
  const first = from === '' ? undefined : prepared.row('textFrom', archive, from)?.[0]
  const last = to >= '\x7f' ? undefined : prepared.row('textBelow', archive, to)?.[0]
  return [first === undefined ? 0 : Number(first) - SLACK, last === undefined ? NUMBER_MAX : Number(last) + SLACK]
}

/** Each word as a prefix, in texts of one archive; undefined: there is no word. Quoted, nothing has a meaning of its own. */
function matchOf(archive: number, search: string): string | undefined {
  const words = search.match(WORD)?.slice(0, MAX_SEARCH_WORDS)
  if (!words) return undefined
  return `archive : "${archive}" AND text : (${words.map((word) => `"${word}" *`).join(' ')})`
}
