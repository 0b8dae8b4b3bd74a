import { checkName, checkQuery, checkWrites, encodeValue, pageSize } from './check.ts'
import type { Json } from './json.ts'
import { MemoryArchives } from './memory-archives.ts'
import { compareNames, MemoryRecords, type Revert } from './memory-records.ts'
import type { ArchivePage, ArchiveQuery, Storage, Write } from './storage.ts'
import { StorageError } from './storage-error.ts'

/**
 * A `Storage` that keeps everything in this process's memory and loses it with the process: for tests and embedding.
 * It has the port's semantics except durability, and takes as much memory as is stored.
 *
 * @example
 * await using storage = createMemoryStorage()
 * await storage.commit([{ type: 'put', store: 'notes', owner: 'juliet@example.org', key: 'a', value: 'balcony' }])
 */
export function createMemoryStorage(): Storage {
  return new MemoryStorage()
}

class MemoryStorage implements Storage {
  readonly #records = new MemoryRecords()
  readonly #archives = new MemoryArchives()
  #closed = false

  async get(store: string, owner: string, key: string): Promise<Json | undefined> {
    this.#check(store, owner, key)
    return this.#records.get(store, owner, key)
  }

  async list(store: string, owner: string): Promise<Map<string, Json>> {
    this.#check(store, owner)
    return this.#records.list(store, owner)
  }

  async owners(store: string, page: { after?: string; max?: number } = {}): Promise<string[]> {
    this.#check(store, page.after ?? '')
    return pageOfNames(this.#records.owners(store), page.after, pageSize(page.max))
  }

  async archiveOwners(archive: string, page: { after?: string; max?: number } = {}): Promise<string[]> {
    this.#check(archive, page.after ?? '')
    return pageOfNames(this.#archives.owners(archive), page.after, pageSize(page.max))
  }

  async commit(writes: readonly Write[]): Promise<void> {
    this.#check()
    checkWrites(writes)
    const undo: Revert[] = []
    try {
      for (const write of writes) undo.push(this.#apply(write))
    } catch (error) {
      for (const revert of undo.reverse()) revert()
      throw error
    }
  }

  async readArchive(archive: string, owner: string, query: ArchiveQuery): Promise<ArchivePage> {
    this.#check(archive, owner)
    checkQuery(query)
    return this.#archives.read(archive, owner, query)
  }

  async countArchive(archive: string, owner: string): Promise<number> {
    this.#check(archive, owner)
    return this.#archives.count(archive, owner)
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #check(...names: readonly string[]): void {
    if (this.#closed) throw new StorageError('unavailable', 'the storage is closed')
    checkName(...names)
  }

  #apply(write: Write): Revert {
    switch (write.type) {
      case 'put':
        return this.#records.set(write.store, write.owner, write.key, encodeValue(write.value))
      case 'delete':
        return this.#records.set(write.store, write.owner, write.key, undefined)
      case 'clear':
        return this.#records.clear(write.store, write.owner)
      case 'expect':
        return this.#records.expect(write)
      default:
        return this.#archives.apply(write)
    }
  }
}

function pageOfNames(names: string[], after: string | undefined, max: number): string[] {
  const following = after === undefined ? names : names.filter((name) => compareNames(name, after) > 0)
  return following.sort(compareNames).slice(0, max)
}
