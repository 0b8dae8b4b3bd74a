import type { Jid } from '@parlour/jid'
import type { ModuleHost } from '@parlour/server-core'
import { Message, StanzaError } from '@parlour/stanza'
import { type ArchiveEntry, type ArchiveQuery, MAX_PAGE } from '@parlour/storage'
import { parseStartTag } from '@parlour/xml'
import type { ArchiveQueryRequest } from '../protocol/query.ts'
import type { ResultSet } from '../protocol/result-set.ts'
import { ARCHIVE } from './entries.ts'
import { type PageBounds, selectionOf } from './selection.ts'

/** UTF-16 units of the messages in one page; at least one message is in it. */
const MAX_PAGE_LENGTH = 1024 * 1024
/** Messages looked through for a full address before the rest is left to another query. */
const MAX_LOOKED_THROUGH = 5000

/** One page of an archive, in chronological order. */
export interface ArchivePage {
  readonly entries: readonly ArchiveEntry[]
  readonly isComplete: boolean
  readonly set: ResultSet
}

type ReadingHost = Pick<ModuleHost, 'archive'>

/**
 * The page that a query asks for.
 *
 * @throws StanzaError `item-not-found` for ids that are not in the archive (XEP-0313 §4.1.3, §4.3.2)
 */
export async function readPage(
  host: ReadingHost,
  owner: string,
  request: ArchiveQueryRequest,
  bounds: PageBounds,
): Promise<ArchivePage> {
  const { query, mentioned } = selectionOf(request, bounds)
  const [page] = await Promise.all([read(host, owner, query, request.filter.with), requireAll(host, owner, mentioned)])
  const isEnd = query.reverse || bounds.end === undefined || request.filter.ids !== undefined
  const { entries, isComplete } = cut(page.entries, page.complete && isEnd)
  if (query.reverse) entries.reverse()
  const { after, before } = request.page
  // XEP-0059 §2.2: of what the filter selects, this is everything; or it is where that begins.
  const isWhole = isComplete && after === undefined && !before
  const isFirst = after === undefined && (isComplete || !query.reverse)
  const count = page.count ?? (isWhole ? entries.length : undefined)
  const [first, last] = [entries[0]?.id, entries.at(-1)?.id]
  return {
    entries,
    isComplete,
    set: {
      ...(first === undefined || last === undefined ? {} : { first, last }),
      ...(count === undefined ? {} : { count }),
      ...(isFirst && first !== undefined ? { index: 0 } : {}),
    },
  }
}

interface StoragePage {
  readonly entries: readonly ArchiveEntry[]
  readonly complete: boolean
  readonly count?: number
}

/** The storage knows bare addresses; a full one is looked for among what its bare one selects (XEP-0313 §4.1.1). */
async function read(
  host: ReadingHost,
  owner: string,
  query: ArchiveQuery,
  address: Jid | undefined,
): Promise<StoragePage> {
  const { max, reverse = false } = query
  // XEP-0059 §2.7: a count "MAY be approximate": here it is that of the bare address.
  if (!address || address.isBare || max === 0) return host.archive.read(ARCHIVE, owner, query)
  const found: ArchiveEntry[] = []
  let from = reverse ? query.before : query.after
  // What gets its id meanwhile may be stored in another order.
  const before = query.before ?? host.archive.nextId()
  for (let looked = 0; looked < MAX_LOOKED_THROUGH; looked += MAX_PAGE) {
    const range = reverse ? { before: from } : { after: from, before }
    const page = await host.archive.read(ARCHIVE, owner, { ...query, ...range, count: false, max: MAX_PAGE })
    found.push(...page.entries.filter((entry) => isExchangedWith(entry, address)))
    if (found.length > max) return { entries: found.slice(0, max), complete: false }
    if (page.complete) return { entries: found, complete: true }
    from = page.entries.at(-1)?.id
  }
  if (found.length > 0) return { entries: found, complete: false }
  throw new StanzaError(
    'resource-constraint',
    `nothing with ${address} among so many messages: ask by its bare address`,
  )
}

function isExchangedWith({ value }: ArchiveEntry, address: Jid): boolean {
  const { from, to } = new Message(parseStartTag(value as string))
  return from?.equals(address) === true || to?.equals(address) === true
}

async function requireAll(host: ReadingHost, owner: string, mentioned: readonly string[]): Promise<void> {
  const ids = [...new Set(mentioned)]
  if (ids.length === 0) return
  for (let at = 0; at < ids.length; at += MAX_PAGE) {
    const asked = ids.slice(at, at + MAX_PAGE)
    const { entries } = await host.archive.read(ARCHIVE, owner, { ids: asked, max: MAX_PAGE })
    if (entries.length < asked.length)
      throw new StanzaError('item-not-found', 'the archive has no message with that id')
  }
}

function cut(entries: readonly ArchiveEntry[], complete: boolean): { entries: ArchiveEntry[]; isComplete: boolean } {
  let length = 0
  const end = entries.findIndex(({ value }, index) => {
    length += (value as string).length
    return length > MAX_PAGE_LENGTH && index > 0
  })
  return end < 0
    ? { entries: [...entries], isComplete: complete }
    : { entries: entries.slice(0, end), isComplete: false }
}
