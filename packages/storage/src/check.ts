import type { Json } from './json.ts'
import type { Append, ArchiveEntry, ArchiveQuery, Remove, Replace, Write } from './storage.ts'
import { StorageError } from './storage-error.ts'

/** Longest store, archive, owner, key or `with`, in UTF-16 units; a bare JID has at most 2047 bytes (RFC 7622 §3). */
export const MAX_NAME_LENGTH = 4096
/** Longest JSON text of a value, in UTF-16 units. */
export const MAX_VALUE_LENGTH = 16 * 1024 * 1024
/** Largest page of `readArchive` and `owners`, and the most ids in one query or removal. */
export const MAX_PAGE = 1000

const MAX_ID_LENGTH = 128

/** Throws `StorageError('invalid')` unless every name is a string that every storage can hold. For adapters. */
export function checkName(...names: readonly string[]): void {
  for (const name of names) checkOneName(name)
}

function checkOneName(name: string): void {
  if (checked.has(name)) return
  if (typeof name !== 'string' || name.length > MAX_NAME_LENGTH || !isStorable(name)) {
    throw new StorageError(
      'invalid',
      `not a storable name (at most ${MAX_NAME_LENGTH} characters, no NUL): ${show(name)}`,
    )
  }
  remember(name)
}

/** Names come over and over. */
const checked = new Set<string>()
const MAX_REMEMBERED = 10_000
const MAX_REMEMBERED_LENGTH = 200

function remember(name: string): void {
  if (name.length > MAX_REMEMBERED_LENGTH) return
  if (checked.size >= MAX_REMEMBERED) checked.clear()
  checked.add(name)
}

/** NUL cannot be stored by every database; a lone surrogate has no UTF-8. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** Throws `StorageError('invalid')` unless every write is within its bounds; values are checked by `encodeValue`. For adapters. */
export function checkWrites(writes: readonly Write[]): void {
  for (const write of writes) checkWrite(write)
}

function checkWrite(write: Write): void {
  switch (write.type) {
    case 'put':
    case 'delete':
    case 'expect':
      checkOneName(write.store)
      checkOneName(write.key)
      break
    case 'clear':
      checkOneName(write.store)
      break
    case 'append':
      if (write.with !== undefined) checkOneName(write.with)
      checkTime(write.at)
      checkEntry(write)
      break
    case 'replace':
      checkEntry(write)
      break
    case 'remove':
      checkOneName(write.archive)
      checkRemove(write)
      break
    default:
      throw new StorageError('invalid', `not a write: ${show((write as Write).type)}`)
  }
  checkOneName(write.owner)
  if (write.owner === '') throw new StorageError('invalid', 'the owner is empty')
}

function checkEntry({ archive, id, text }: Append | Replace): void {
  checkOneName(archive)
  checkId(id)
  if (text !== undefined) checkText(text)
}

function checkRemove(write: Remove): void {
  if ('ids' in write) checkIds(write.ids)
  else if ('before' in write) checkTime(write.before)
  else if ('through' in write) checkId(write.through)
  else if (write.all !== true) throw new StorageError('invalid', 'a removal needs ids, before, through or all')
}

function checkIds(ids: readonly string[]): void {
  if (ids.length > MAX_PAGE) throw new StorageError('invalid', `${ids.length} ids are more than ${MAX_PAGE}`)
  for (const id of ids) checkId(id)
}

function checkId(id: string): void {
  if (typeof id !== 'string' || !isEntryId(id)) {
    throw new StorageError('invalid', `not an entry id (1 to 128 visible ASCII characters): ${show(id)}`)
  }
}

/** Not `^[!-~]+$`, which takes twice as long. */
const OTHER_THAN_VISIBLE_ASCII = /[^!-~]/

function isEntryId(id: string): boolean {
  return id.length > 0 && id.length <= MAX_ID_LENGTH && !OTHER_THAN_VISIBLE_ASCII.test(id)
}

function checkText(text: string): void {
  if (typeof text === 'string' && text.length <= MAX_VALUE_LENGTH && isStorable(text)) return
  throw new StorageError('invalid', 'not a text that can be searched: too long, or with a NUL or a lone surrogate')
}

function checkTime(at: number): void {
  if (!Number.isSafeInteger(at)) throw new StorageError('invalid', `not a time in whole milliseconds: ${show(at)}`)
}

/**
 * The JSON text of a value; throws `StorageError('invalid')` when it has none or is too long. For adapters.
 *
 * @example encodeValue({ a: 1 }) // '{"a":1}'
 */
export function encodeValue(value: Json): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new StorageError('invalid', 'not a JSON value', { cause })
  }
  if (text === undefined) throw new StorageError('invalid', `not a JSON value: ${show(value)}`)
  if (text.length > MAX_VALUE_LENGTH)
    throw new StorageError('invalid', `a value of ${text.length} characters is too long`)
  return text
}

/** The checked size of a page: `max`, or `MAX_PAGE` when undefined. For adapters. */
export function pageSize(max: number | undefined): number {
  if (max === undefined) return MAX_PAGE
  if (!Number.isInteger(max) || max < 0 || max > MAX_PAGE) {
    throw new StorageError('invalid', `not a page size (0 to ${MAX_PAGE}): ${show(max)}`)
  }
  return max
}

/** Throws `StorageError('invalid')` unless the query is within its bounds. For adapters. */
export function checkQuery(query: ArchiveQuery): void {
  pageSize(query.max)
  checkName(query.after ?? '', query.before ?? '', query.with ?? '', query.search ?? '')
  if (query.start !== undefined) checkTime(query.start)
  if (query.end !== undefined) checkTime(query.end)
  if (query.ids !== undefined && query.ids.length > MAX_PAGE) {
    throw new StorageError('invalid', `${query.ids.length} ids are more than ${MAX_PAGE}`)
  }
}

/** Whether `start`, `end`, `with` and `ids` of a query select an entry. For adapters. */
export function entryMatches(query: ArchiveQuery, entry: Pick<ArchiveEntry, 'id' | 'at' | 'with'>): boolean {
  return (
    (query.start === undefined || entry.at >= query.start) &&
    (query.end === undefined || entry.at <= query.end) &&
    (query.with === undefined || entry.with === query.with) &&
    (query.ids === undefined || query.ids.includes(entry.id))
  )
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value)
}
