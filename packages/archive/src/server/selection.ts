import { StanzaError } from '@parlour/stanza'
import type { ArchiveQuery } from '@parlour/storage'
import type { ArchiveQueryRequest } from '../protocol/query.ts'
import { spacedQuery } from './unspaced-words.ts'

/** The most ids that one query may ask for: what one read of the storage takes. */
const MAX_IDS = 1000

/** What a page may have. */
export interface PageBounds {
  /** Messages. */
  readonly max: number
  /** The id before which it ends: on from it, some cannot be read yet. */
  readonly end: string | undefined
}

/** What a query asks for, as the storage understands it. */
export interface Selection {
  readonly query: ArchiveQuery
  /** Ids of messages that have to be there (XEP-0313 §4.1.3, §4.3.2). */
  readonly mentioned: readonly string[]
}

/** Of words to search for, in UTF-16 units. */
const MAX_SEARCH_LENGTH = 1000

/** @throws StanzaError `resource-constraint` for more ids than are looked for at once */
export function selectionOf({ filter, page }: ArchiveQueryRequest, { max, end }: PageBounds): Selection {
  const { beforeId, afterId, ids } = filter
  if (ids && ids.length > MAX_IDS) throw new StanzaError('resource-constraint', `at most ${MAX_IDS} ids at once`)
  if (filter.text && filter.text.length > MAX_SEARCH_LENGTH)
    throw new StanzaError('resource-constraint', `at most ${MAX_SEARCH_LENGTH} characters to search for`)
  const after = greatest(afterId, page.after)
  const before = least(least(beforeId, page.before || undefined), ids ? undefined : end)
  return {
    query: {
      ...{ after, before, max, start: filter.start, end: filter.end, ids },
      search: filter.text === undefined ? undefined : spacedQuery(filter.text),
      with: filter.with?.bare.toString(),
      // XEP-0059 §2.3: pages backwards.
      reverse: page.before !== undefined,
      // XEP-0059 §2.7: who asks for no items asks how many there are.
      count: page.max === 0,
    },
    mentioned: [beforeId, afterId, page.after, page.before || undefined, ...(ids ?? [])].filter(
      (id) => id !== undefined,
    ),
  }
}

function greatest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a > b ? a : b
}

function least(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a < b ? a : b
}
