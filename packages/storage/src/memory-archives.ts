import { encodeValue, entryMatches } from './check.ts'
import { childMap, type Revert } from './memory-records.ts'
import { MAX_SEARCH_WORDS, searchWords, wordsMatch } from './search-words.ts'
import type { Append, ArchiveEntry, ArchivePage, ArchiveQuery, Remove, Replace } from './storage.ts'
import { StorageError } from './storage-error.ts'

interface StoredEntry {
  readonly id: string
  readonly at: number
  readonly with?: string
  readonly text: string
  /** What it is found by. */
  readonly words?: readonly string[]
}

/** The archives of the memory storage, each an array ordered by id; every change returns how to revert it. */
export class MemoryArchives {
  readonly #archives = new Map<string, Map<string, StoredEntry[]>>()

  owners(archive: string): string[] {
    return [...(this.#archives.get(archive)?.keys() ?? [])]
  }

  count(archive: string, owner: string): number {
    return this.#entries(archive, owner).length
  }

  read(archive: string, owner: string, query: ArchiveQuery): ArchivePage {
    const entries = this.#entries(archive, owner)
    const from = query.after === undefined ? 0 : position(entries, query.after, true)
    const to = query.before === undefined ? entries.length : position(entries, query.before, false)
    const found = walk(entries, query, from, to)
    const page = { entries: found.slice(0, query.max).map(toEntry), complete: found.length <= query.max }
    return query.count ? { ...page, count: entries.filter(selects(query)).length } : page
  }

  apply(write: Append | Replace | Remove): Revert {
    switch (write.type) {
      case 'append':
        return this.#append(write)
      case 'replace':
        return this.#replace(write)
      case 'remove':
        return this.#remove(write)
    }
  }

  #entries(archive: string, owner: string): StoredEntry[] {
    return this.#archives.get(archive)?.get(owner) ?? []
  }

  #append(write: Append): Revert {
    const text = encodeValue(write.value)
    const entries = this.#entries(write.archive, write.owner)
    const index = position(entries, write.id, false)
    if (entries[index]?.id === write.id) {
      throw new StorageError(
        'conflict',
        `the archive ${write.archive} / ${write.owner} has an entry ${write.id} already`,
      )
    }
    const party = write.with === undefined ? {} : { with: write.with }
    entries.splice(index, 0, { id: write.id, at: write.at, ...party, text, ...wordsOf(write) })
    this.#set(write.archive, write.owner, entries)
    return () => this.#removeWhere(write, (stored) => stored.id === write.id)
  }

  #replace(write: Replace): Revert {
    const text = encodeValue(write.value)
    const entries = this.#entries(write.archive, write.owner)
    const index = position(entries, write.id, false)
    const before = entries[index]
    if (before?.id !== write.id) return () => {}
    const { words: _, ...kept } = before
    entries[index] = { ...kept, text, ...wordsOf(write) }
    return () => {
      entries[index] = before
    }
  }

  #remove(write: Remove): Revert {
    const before = this.#entries(write.archive, write.owner)
    this.#removeWhere(write, removes(write))
    return () => this.#set(write.archive, write.owner, before)
  }

  #removeWhere(at: { archive: string; owner: string }, remove: (entry: StoredEntry) => boolean): void {
    const rest = this.#entries(at.archive, at.owner).filter((entry) => !remove(entry))
    this.#set(at.archive, at.owner, rest)
  }

  #set(archive: string, owner: string, entries: StoredEntry[]): void {
    const owners = childMap(this.#archives, archive)
    if (entries.length === 0) owners.delete(owner)
    else owners.set(owner, entries)
  }
}

function removes(write: Remove): (entry: StoredEntry) => boolean {
  if ('ids' in write) return (entry) => write.ids.includes(entry.id)
  if ('before' in write) return (entry) => entry.at < write.before
  if ('through' in write) return (entry) => entry.id <= write.through
  return () => true
}

/** The index of the first entry whose id is not less than (`past`: is greater than) `id`. */
function position(entries: readonly StoredEntry[], id: string, past: boolean): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const stored = (entries[middle] as StoredEntry).id
    if (stored < id || (past && stored === id)) low = middle + 1
    else high = middle
  }
  return low
}

/** Up to one entry more than the page, which tells whether the page is complete. */
function walk(entries: readonly StoredEntry[], query: ArchiveQuery, from: number, to: number): StoredEntry[] {
  const found: StoredEntry[] = []
  const step = query.reverse ? -1 : 1
  const isSelected = selects(query)
  for (let i = query.reverse ? to - 1 : from; i >= from && i < to && found.length <= query.max; i += step) {
    const entry = entries[i] as StoredEntry
    if (isSelected(entry)) found.push(entry)
  }
  return found
}

function wordsOf({ text }: Append | Replace): { words?: readonly string[] } {
  return text === undefined ? {} : { words: searchWords(text) }
}

function selects(query: ArchiveQuery): (entry: StoredEntry) => boolean {
  if (query.search === undefined) return (entry) => entryMatches(query, entry)
  const search = searchWords(query.search).slice(0, MAX_SEARCH_WORDS)
  return (entry) => entryMatches(query, entry) && wordsMatch(search, entry.words ?? [])
}

function toEntry({ text, words: _, ...entry }: StoredEntry): ArchiveEntry {
  return { ...entry, value: JSON.parse(text) }
}
