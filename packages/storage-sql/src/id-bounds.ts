import type { PageRequest } from './messages.ts'
import { boundAfter, firstAt } from './time-search.ts'
import type { Target } from './write.ts'

/** Ids are time-ordered: the bounds of time become bounds of id, which the page can start from; undefined: nothing can match. */
export function idBounds({ prepared }: Target, archive: number, request: PageRequest): [string, string] | undefined {
  let { from, to } = request
  if (request.start !== undefined) {
    const first = firstAt(prepared, archive, request.start)
    if (first === undefined) return undefined
    if (first > from) from = first
  }
  if (request.end !== undefined) {
    const later = boundAfter(prepared, archive, request.end)
    if (later !== undefined && later < to) to = later
  }
  return [from, to]
}
