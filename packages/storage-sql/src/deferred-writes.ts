import { DeferredArchive } from './deferred-archive.ts'
import { isTold } from './deferred-page.ts'
import { Operation, type ReadRequest, type Word } from './messages.ts'
import { applyOperation, operationLength, type Target } from './write.ts'

/** Operations, and UTF-16 units of them, that wait at most: so many are applied in some tens of milliseconds. */
const MAX_OPERATIONS = 8000
const MAX_LENGTH = 4 * 1024 * 1024
/** Flushes that an entry of a queue waits for at most, and how many entries do. */
const MAX_AGE = 3
const MAX_KEPT = 2000

interface DeferredRecords {
  readonly store: Word
  readonly owner: Word
  /** By key; null: removed. */
  readonly values: Map<string, string | null>
}

/** Entries that have waited for as many flushes. */
export interface Young {
  readonly words: Word[]
  readonly age: number
}

/** What waits in one of the few archives or stores, by owner. */
interface ByOwner<Deferred> {
  readonly name: string
  readonly owners: Map<string, Deferred>
}

/**
 * Writes that are durable in the journal and not in their tables yet. Of a record only the last value is written, and
 * what is removed soon after it was appended never: so the queues of XEP-0198 are hardly ever written.
 */
export class DeferredWrites {
  readonly #target: Target
  /** Lists, for V8 has to find a new string among all that it knows before it looks into a map. */
  readonly #records: ByOwner<DeferredRecords>[] = []
  readonly #archives: ByOwner<DeferredArchive>[] = []
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

  /** Whether operations can wait: none of them can be refused, whatever the tables have. If not, all has to be applied, or forgotten. */
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
  add(words: readonly Word[], length: number, age = 0): void {
    this.#length += length
    for (let at = 0; at < words.length; at += operationLength(words, at)) {
      if (words[at] === Operation.commit) continue
      this.#operations++
      this.#add(words, at, age)
    }
  }

  /** The JSON text of a record; null: it is removed; undefined: nothing is known of it here. */
  valueOf(store: string, owner: string, key: string): string | null | undefined {
    return find(this.#records, store)?.owners.get(owner)?.values.get(key)
  }

  /** What waits for an archive. */
  waitingFor(archive: string, owner: string): DeferredArchive | undefined {
    return find(this.#archives, archive)?.owners.get(owner)
  }

  /** Whether a read cannot be answered before what waits is in the tables. */
  concerns(request: ReadRequest): boolean {
    if (this.isEmpty) return false
    switch (request[0]) {
      case 'get':
        return false
      case 'list':
        return find(this.#records, request[1])?.owners.has(request[2]) === true
      case 'page': {
        const waiting = this.waitingFor(request[1], request[2])
        return waiting !== undefined && !isTold(request[3], waiting)
      }
      case 'count':
        return this.waitingFor(request[1], request[2]) !== undefined
      default:
        return true
    }
  }

  /** Takes out what need not go to the tables yet: the youngest entries of queues, by age, the oldest first. */
  takeYoung(): Young[] {
    const young = Array.from({ length: MAX_AGE }, (_, age): Young => ({ words: [], age }))
    let kept = 0
    for (const { owners } of this.#archives)
      for (const waiting of owners.values()) {
        const { isQueue, appended } = waiting
        if (!isQueue || kept + appended.length > MAX_KEPT) continue
        for (const { words, at, age } of appended) {
          if (age >= MAX_AGE) continue
          kept++
          young[age]?.words.push(...words.slice(at, at + operationLength(words, at)))
        }
        waiting.appended = appended.filter(({ age }) => age >= MAX_AGE)
      }
    return young.filter(({ words }) => words.length > 0).reverse()
  }

  /** Writes all to the tables; within a transaction. */
  apply(): void {
    for (const { owners } of this.#archives) for (const waiting of owners.values()) this.#applyTo(waiting)
    for (const { owners } of this.#records)
      for (const { store, owner, values } of owners.values())
        for (const [key, value] of values) {
          if (value === null) this.#target.prepared.run('deleteRecord', store, owner, key)
          else this.#target.prepared.run('putRecord', store, owner, key, value)
        }
  }

  /** They are in their tables. */
  clear(): void {
    this.#records.length = 0
    this.#archives.length = 0
    this.#operations = 0
    this.#length = 0
  }

  #applyTo({ archive, owner, appended, removed }: DeferredArchive): void {
    if (removed.size > 0)
      applyOperation(this.#target, [Operation.removeEach, archive, owner, [...removed].join(' ')], 0)
    for (const { words, at } of appended) applyOperation(this.#target, words, at)
  }

  #isNew(words: readonly Word[], at: number): boolean {
    const id = words[at + 3] as string
    const waiting = this.#archiveOf(words[at + 1] as string, words[at + 2] as string)
    if (id <= waiting.greatest) return false
    waiting.greatest = id
    return true
  }

  #greatestStored(archive: string, owner: string): string {
    const { archives, prepared } = this.#target
    const number = archives.find(archive, owner)
    return number === undefined ? '' : ((prepared.row('lastEntry', number)?.[0] as string | undefined) ?? '')
  }

  #add(words: readonly Word[], at: number, age: number): void {
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
        this.#archiveOf(first, owner).append({ id: key, words, at, age })
        break
      case Operation.remove:
        this.#remove(this.#archiveOf(first, owner), [key])
        break
      case Operation.removeEach:
        this.#remove(this.#archiveOf(first, owner), key.split(' '))
    }
  }

  #remove(waiting: DeferredArchive, ids: readonly string[]): void {
    this.#operations += ids.length - 1
    for (const id of ids) waiting.remove(id)
  }

  #recordsOf(store: string, owner: string): DeferredRecords {
    const owners = ownersOf(this.#records, store)
    let records = owners.get(owner)
    if (records === undefined) {
      records = { store, owner, values: new Map() }
      owners.set(owner, records)
    }
    return records
  }

  #archiveOf(archive: string, owner: string): DeferredArchive {
    const owners = ownersOf(this.#archives, archive)
    let found = owners.get(owner)
    if (found === undefined) {
      found = new DeferredArchive(archive, owner, this.#greatestStored(archive, owner))
      owners.set(owner, found)
    }
    return found
  }
}

function find<Deferred>(all: readonly ByOwner<Deferred>[], name: string): ByOwner<Deferred> | undefined {
  for (const each of all) if (each.name === name) return each
}

function ownersOf<Deferred>(all: ByOwner<Deferred>[], name: string): Map<string, Deferred> {
  const known = find(all, name)
  if (known !== undefined) return known.owners
  const owners = new Map<string, Deferred>()
  all.push({ name, owners })
  return owners
}
