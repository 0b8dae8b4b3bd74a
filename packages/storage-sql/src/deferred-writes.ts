import type { DeferredArchive } from './deferred-archive.ts'
import { isTold } from './deferred-page.ts'
import { Operation, type ReadRequest, type Word } from './messages.ts'
import { applyOperation, operationLength, type Target } from './write.ts'

const MAX_CACHED = 50_000
/** Operations, and UTF-16 units of them, that wait at most: so many are applied in some tens of milliseconds. */
const MAX_OPERATIONS = 8000
const MAX_LENGTH = 4 * 1024 * 1024

interface DeferredRecords {
  readonly store: Word
  readonly owner: Word
  /** By key; null: removed. */
  readonly values: Map<string, string | null>
}

/**
 * Writes that are durable in the journal and not in their tables yet. Of a record only the last value is written, and
 * what is removed soon after it was appended never: so the queues of XEP-0198 are hardly ever written.
 */
export class DeferredWrites {
  readonly #target: Target
  readonly #records = new Map<string, DeferredRecords>()
  readonly #archives = new Map<string, DeferredArchive>()
  /** The greatest id that an archive has or had; what is greater is new. */
  readonly #greatest = new Map<string, string>()
  #operations = 0
  #length = 0

  constructor(target: Target) {
    this.#target = target
  }

  get isEmpty(): boolean {
    return this.#operations === 0
  }

  /** Whether it is time to apply them. */
  get isMuch(): boolean {
    return this.#operations > MAX_OPERATIONS || this.#length > MAX_LENGTH
  }

  /** Whether operations can wait: none of them can be refused, whatever the tables have. */
  admits(words: readonly Word[]): boolean {
    for (let at = 0; at < words.length; at += operationLength(words, at)) {
      switch (words[at]) {
        case Operation.append:
        case Operation.appendString:
          if (!this.#isNew(words, at)) return false
          break
        case Operation.put:
        case Operation.delete:
        case Operation.remove:
        case Operation.removeEach:
        case Operation.commit:
          break
        default:
          return false
      }
    }
    return true
  }

  /** Takes operations that are in the journal. @param length of their text */
  add(words: readonly Word[], length: number): void {
    this.#length += length
    for (let at = 0; at < words.length; at += operationLength(words, at)) {
      if (words[at] === Operation.commit) continue
      this.#operations++
      this.#add(words, at)
    }
  }

  /** The JSON text of a record; null: it is removed; undefined: nothing is known of it here. */
  valueOf(store: string, owner: string, key: string): string | null | undefined {
    return this.#records.get(nameOf(store, owner))?.values.get(key)
  }

  /** What waits for an archive. */
  waitingFor(archive: string, owner: string): DeferredArchive | undefined {
    return this.#archives.get(nameOf(archive, owner))
  }

  /** Whether a read cannot be answered before what waits is in the tables. */
  concerns(request: ReadRequest): boolean {
    if (this.isEmpty) return false
    switch (request[0]) {
      case 'get':
        return false
      case 'list':
        return this.#records.has(nameOf(request[1], request[2]))
      case 'page': {
        const waiting = this.waitingFor(request[1], request[2])
        return waiting !== undefined && !isTold(request[3], waiting)
      }
      case 'count':
        return this.#archives.has(nameOf(request[1], request[2]))
      default:
        return true
    }
  }

  /** Writes all to the tables; within a transaction. */
  apply(): void {
    for (const { archive, owner, appended, removed } of this.#archives.values()) {
      if (removed.size > 0)
        applyOperation(this.#target, [Operation.removeEach, archive, owner, [...removed].join(' ')], 0)
      for (const id of [...appended.keys()].sort()) {
        const { words, at } = appended.get(id) as { words: readonly Word[]; at: number }
        applyOperation(this.#target, words, at)
      }
    }
    for (const { store, owner, values } of this.#records.values())
      for (const [key, value] of values) {
        if (value === null) this.#target.prepared.run('deleteRecord', store, owner, key)
        else this.#target.prepared.run('putRecord', store, owner, key, value)
      }
  }

  /** They are in their tables. */
  clear(): void {
    this.#records.clear()
    this.#archives.clear()
    this.#operations = 0
    this.#length = 0
    if (this.#greatest.size > MAX_CACHED) this.#greatest.clear()
  }

  /** Others have written to the tables, while nothing waited. */
  forget(): void {
    this.#greatest.clear()
  }

  #isNew(words: readonly Word[], at: number): boolean {
    const [archive, owner, id] = [words[at + 1], words[at + 2], words[at + 3]] as [string, string, string]
    const name = nameOf(archive, owner)
    const greatest = this.#greatest.get(name) ?? this.#greatestStored(archive, owner)
    if (id <= greatest) return false
    this.#greatest.set(name, id)
    return true
  }

  #greatestStored(archive: string, owner: string): string {
    const { archives, prepared } = this.#target
    const number = archives.find(archive, owner)
    return number === undefined ? '' : ((prepared.row('lastEntry', number)?.[0] as string | undefined) ?? '')
  }

  #add(words: readonly Word[], at: number): void {
    const [first, owner, key] = [words[at + 1], words[at + 2], words[at + 3]] as [string, string, string]
    switch (words[at]) {
      case Operation.put:
        this.#recordsOf(first, owner).values.set(key, words[at + 4] as string)
        break
      case Operation.delete:
        this.#recordsOf(first, owner).values.set(key, null)
        break
      case Operation.append:
      case Operation.appendString:
        this.#archiveOf(first, owner).appended.set(key, { words, at })
        break
      case Operation.remove:
        this.#remove(this.#archiveOf(first, owner), [key])
        break
      case Operation.removeEach:
        this.#remove(this.#archiveOf(first, owner), key.split(' '))
    }
  }

  #remove({ appended, removed }: DeferredArchive, ids: readonly string[]): void {
    this.#operations += ids.length - 1
    for (const id of ids) if (!appended.delete(id)) removed.add(id)
  }

  #recordsOf(store: string, owner: string): DeferredRecords {
    const name = nameOf(store, owner)
    let records = this.#records.get(name)
    if (records === undefined) {
      records = { store, owner, values: new Map() }
      this.#records.set(name, records)
    }
    return records
  }

  #archiveOf(archive: string, owner: string): DeferredArchive {
    const name = nameOf(archive, owner)
    let found = this.#archives.get(name)
    if (found === undefined) {
      found = { archive, owner, appended: new Map(), removed: new Set() }
      this.#archives.set(name, found)
    }
    return found
  }
}

function nameOf(first: string, owner: string): string {
  return `${first}\0${owner}`
}
