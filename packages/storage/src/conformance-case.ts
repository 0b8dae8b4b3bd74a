import type { ArchivePage, Storage, Write } from './storage.ts'
import { StorageError, type StorageErrorCode } from './storage-error.ts'

/** Opens a storage with nothing in it. */
export type OpenStorage = () => Promise<Storage> | Storage

/** One case of the suite; `run` rejects when the storage does not conform. */
export interface StorageCase {
  readonly title: string
  readonly run: (open: OpenStorage) => Promise<void>
}

/** A case on one storage, closed at its end. */
export function storageCase(title: string, body: (storage: Storage) => Promise<void>): StorageCase {
  return {
    title,
    run: async (open) => {
      await using storage = await open()
      await body(storage)
    },
  }
}

/** Throws unless both have the same JSON text. */
export function equal(found: unknown, expected: unknown, what = 'the result'): void {
  const [a, b] = [show(found), show(expected)]
  if (a !== b) throw new Error(`${what} is ${a}, expected ${b}`)
}

/** Throws unless the promise rejects with a `StorageError` of this code. */
export async function rejects(promise: Promise<unknown>, code: StorageErrorCode): Promise<void> {
  const outcome = await promise.then(
    () => 'nothing',
    (error: unknown) => error,
  )
  if (!(outcome instanceof StorageError)) throw new Error(`expected a StorageError '${code}', got ${String(outcome)}`)
  equal(outcome.code, code, 'the code of the error')
}

export const OWNER = 'juliet@example.org'

export function put(key: string, value: unknown, owner = OWNER, store = 'notes'): Write {
  return { type: 'put', store, owner, key, value: value as never }
}

/** An entry whose id and time are both made from `n`. */
export function append(n: number, more: { with?: string; owner?: string; archive?: string } = {}): Write {
  return { type: 'append', archive: 'messages', owner: OWNER, id: entryId(n), at: n * 10, value: `value ${n}`, ...more }
}

export function entryId(n: number): string {
  return n.toString().padStart(6, '0')
}

/** The numbers of the entries of a page. */
export function numbers(page: ArchivePage): number[] {
  return page.entries.map((entry) => Number(entry.id))
}

function show(value: unknown): string {
  return JSON.stringify(value instanceof Map ? { map: [...value] } : value) ?? 'undefined'
}
