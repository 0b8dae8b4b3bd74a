import type { StatementName } from './compile.ts'
import { idBounds } from './id-bounds.ts'
import type { EntryRow, PageRequest, PageRows, ReadRequest } from './messages.ts'
import { ABOVE_ALL } from './page-range.ts'
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
  const peer = request.with === undefined ? [] : [request.with]
  const parameters = [archive, ...bounds, ...timeBounds(request), ...peer, request.max + 1]
  return target.prepared.rows(pageStatement(request), ...parameters) as EntryRow[]
}

function pageStatement(request: PageRequest): StatementName {
  if (request.with === undefined) return request.reverse ? 'pageReverse' : 'page'
  return request.reverse ? 'pageWithReverse' : 'pageWith'
}

function timeBounds({ start, end }: PageRequest): [number, number] {
  return [start ?? Number.MIN_SAFE_INTEGER, end ?? Number.MAX_SAFE_INTEGER]
}

function count(target: Target, archive: number, request: PageRequest): number {
  const { prepared } = target
  if (request.with !== undefined) {
    return Number(prepared.row('countEntriesWith', archive, request.with, ...timeBounds(request))?.[0])
  }
  if (request.start === undefined && request.end === undefined) {
    return Number(prepared.row('countEntries', archive)?.[0])
  }
  const bounds = idBounds(target, archive, { ...request, from: '', to: ABOVE_ALL })
  return bounds === undefined ? 0 : Number(prepared.row('countEntriesBetween', archive, ...bounds)?.[0])
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
