import type { DeferredArchive, DeferredEntry } from './deferred-archive.ts'
import { type EntryRow, Operation, type PageRequest, type PageRows } from './messages.ts'

/** So many entries more than those of the page are read at most, for they may be removed. */
const MAX_REMOVED = 1000

/** Whether a page can be told from the table and what waits for it; for any other all has to be in the tables. */
export function isTold(request: PageRequest, waiting: DeferredArchive): boolean {
  const { with: party, ids, search, start, end, count } = request
  const isPlain = [party, ids, search, start, end].every((condition) => condition === undefined) && !count
  return isPlain && waiting.removed.size <= MAX_REMOVED
}

/** A page of an archive for which writes wait. @param readTable answers with what the table has */
export function deferredPage(
  waiting: DeferredArchive,
  request: PageRequest,
  readTable: (request: PageRequest) => PageRows,
): PageRows {
  const { max } = request
  // All that is appended is greater than all that the table has.
  if (request.reverse) {
    const rows = appendedRows(waiting, request)
    if (rows.length > max) return { rows: rows.slice(0, max), complete: false, count: undefined }
    const { rows: others, complete } = keptRows(waiting, { ...request, max: max - rows.length }, readTable)
    return { rows: [...rows, ...others], complete, count: undefined }
  }
  const { rows, complete } = keptRows(waiting, request, readTable)
  if (!complete) return { rows, complete, count: undefined }
  const all = [...rows, ...appendedRows(waiting, request)]
  return { rows: all.slice(0, max), complete: all.length <= max, count: undefined }
}

/** What the table has and is not removed. */
function keptRows(
  { removed }: DeferredArchive,
  request: PageRequest,
  readTable: (request: PageRequest) => PageRows,
): Pick<PageRows, 'rows' | 'complete'> {
  const { rows, complete } = readTable({ ...request, max: request.max + removed.size })
  const kept = removed.size === 0 ? rows : rows.filter(([id]) => !removed.has(id))
  return { rows: kept.slice(0, request.max), complete: complete && kept.length <= request.max }
}

function appendedRows(waiting: DeferredArchive, { from, to, reverse }: PageRequest): EntryRow[] {
  const rows = waiting.appended.slice(waiting.placeOf(from), waiting.placeOf(to)).map(rowOf)
  return reverse ? rows.reverse() : rows
}

function rowOf({ words, at }: DeferredEntry): EntryRow {
  const [id, time, party, value] = words.slice(at + 3, at + 7) as [string, number, string | null, string]
  return [id, time, party, words[at] === Operation.appendString ? JSON.stringify(value) : value]
}
