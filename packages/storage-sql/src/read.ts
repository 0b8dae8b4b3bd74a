import type { StatementName } from './compile.ts'
import { idBounds } from './id-bounds.ts'
import type { EntryRow, PageRequest, PageRows, ReadRequest } from './messages.ts'
import { ABOVE_ALL, greater, lesser } from './page-range.ts'
import { searchPage } from './search.ts'
import type { Target } from './write.ts'

/** Answers a read; throws what SQLite throws. */
export function read(target: Target, request: Exclude<ReadRequest, readonly ['purge']>): unknown {
  const { prepared, archives } = target
  switch (request[0]) {
    case 'get':
      return prepared.row('getRecord', request[1], request[2], request[3])?.[0]
    case 'list':
      return prepared.rows('listRecords', request[1], request[2])
    case 'owners':
      return owners(target, request[1], request[2], request[3])
    case 'archiveOwners':
      return prepared.rows('archiveOwners', request[1], request[2], request[3]).map((row) => (row as string[])[0])
    case 'page':
      return page(target, archives.find(request[1], request[2]), request[3])
    case 'count': {
      const archive = archives.find(request[1], request[2])
      return archive === undefined ? 0 : prepared.row('countEntries', archive)?.[0]
    }
  }
}

/** One seek for each owner, however many records each has. */
function owners({ prepared }: Target, store: string, after: string, max: number): string[] {
  const found: string[] = []
  let last = after
  while (found.length < max) {
    const row = prepared.row('nextOwner', store, last)
    if (row === undefined) break
    last = row[0] as string
    found.push(last)
  }
  return found
}

function page(target: Target, archive: number | undefined, request: PageRequest): PageRows {
  if (archive === undefined) return { rows: [], complete: true, count: request.count ? 0 : undefined }
  if (request.search !== undefined) return searchPage(target, archive, request, request.search)
  if (request.ids !== undefined) return pageOfIds(target, archive, request, request.ids)
  const rows = pageRows(target, archive, request)
  const complete = rows.length <= request.max
  if (!complete) rows.pop()
  return { rows, complete, count: request.count ? count(target, archive, request) : undefined }
}

/** Up to one row more than the page, which tells whether the page is complete. */
function pageRows(target: Target, archive: number, request: PageRequest): EntryRow[] {
  const bounds = idBounds(target, archive, request)
  if (bounds === undefined) return []
  if (request.with !== undefined) return rowsWith(target, archive, request, request.with, bounds)
  const parameters = [archive, ...bounds, ...timeBounds(request), request.max + 1]
  return target.prepared.rows(request.reverse ? 'pageReverse' : 'page', ...parameters) as EntryRow[]
}

/** Those that are indexed by party, and of the tail those that fit. */
function rowsWith(
  { prepared, parties }: Target,
  archive: number,
  request: PageRequest,
  party: string,
  [from, to]: [string, string],
): EntryRow[] {
  const tail = parties.tailOf(archive)
  const [indexed, walked]: readonly Range[] = [
    [request.reverse ? 'pageWithReverse' : 'pageWith', from, lesser(to, tail)],
    [request.reverse ? 'tailWithReverse' : 'tailWith', greater(from, tail), to],
  ]
  const rows: EntryRow[] = []
  for (const [statement, low, high] of (request.reverse ? [walked, indexed] : [indexed, walked]) as Range[]) {
    if (rows.length > request.max || low >= high) continue
    const limit = request.max + 1 - rows.length
    rows.push(...(prepared.rows(statement, archive, low, high, ...timeBounds(request), party, limit) as EntryRow[]))
  }
  return rows
}

type Range = readonly [statement: StatementName, from: string, to: string]

function timeBounds({ start, end }: PageRequest): [number, number] {
  return [start ?? Number.MIN_SAFE_INTEGER, end ?? Number.MAX_SAFE_INTEGER]
}

function count(target: Target, archive: number, request: PageRequest): number {
  const { prepared, parties } = target
  const [from, to] = idBounds(target, archive, { ...request, from: '', to: ABOVE_ALL }) ?? ['', '']
  if (request.with === undefined) {
    return from === '' && to === ABOVE_ALL
      ? Number(prepared.row('countEntries', archive)?.[0])
      : Number(prepared.row('countEntriesBetween', archive, from, to)?.[0])
  }
  const tail = parties.tailOf(archive)
  const [high, low] = [lesser(to, tail), greater(from, tail)]
  const indexed = prepared.row('countParties', archive, from, high, request.with)?.[0]
  return Number(indexed) + Number(prepared.row('countTail', archive, low, to, request.with)?.[0])
}

function pageOfIds({ prepared }: Target, archive: number, request: PageRequest, ids: readonly string[]): PageRows {
  const [start, end] = timeBounds(request)
  const order = [...new Set(ids)].sort()
  const selected = (request.reverse ? order.reverse() : order)
    .map((id) => prepared.row('getEntry', archive, id) as EntryRow | undefined)
    .filter((row) => row !== undefined && row[1] >= start && row[1] <= end)
    .filter((row) => request.with === undefined || row?.[2] === request.with) as EntryRow[]
  const within = selected.filter(([id]) => id >= request.from && id < request.to)
  return {
    rows: within.slice(0, request.max),
    complete: within.length <= request.max,
    count: request.count ? selected.length : undefined,
  }
}
