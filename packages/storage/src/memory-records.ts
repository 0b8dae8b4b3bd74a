import { type Json, sameJson } from './json.ts'
import type { Expect } from './storage.ts'
import { StorageError } from './storage-error.ts'

/** Takes one change back. */
export type Revert = () => void

const nothing: Revert = () => {}

/** The records of the memory storage, as JSON text; every change returns how to revert it. */
export class MemoryRecords {
  readonly #stores = new Map<string, Map<string, Map<string, string>>>()

  get(store: string, owner: string, key: string): Json | undefined {
    const text = this.#stores.get(store)?.get(owner)?.get(key)
    return text === undefined ? undefined : JSON.parse(text)
  }

  list(store: string, owner: string): Map<string, Json> {
    const records = this.#stores.get(store)?.get(owner) ?? new Map<string, string>()
    const keys = [...records.keys()].sort(compareNames)
    return new Map(keys.map((key) => [key, JSON.parse(records.get(key) as string)]))
  }

  owners(store: string): string[] {
    return [...(this.#stores.get(store)?.keys() ?? [])]
  }

  set(store: string, owner: string, key: string, text: string | undefined): Revert {
    const before = this.#stores.get(store)?.get(owner)?.get(key)
    this.#set(store, owner, key, text)
    return () => this.#set(store, owner, key, before)
  }

  clear(store: string, owner: string): Revert {
    const before = this.#stores.get(store)?.get(owner)
    if (before === undefined) return nothing
    this.#stores.get(store)?.delete(owner)
    return () => {
      childMap(this.#stores, store).set(owner, before)
    }
  }

  expect(write: Expect): Revert {
    if (sameJson(this.get(write.store, write.owner, write.key), write.value)) return nothing
    throw new StorageError('conflict', `the record ${write.store} / ${write.owner} / ${write.key} is not as expected`)
  }

  #set(store: string, owner: string, key: string, text: string | undefined): void {
    const owners = childMap(this.#stores, store)
    const records = childMap(owners, owner)
    if (text === undefined) records.delete(key)
    else records.set(key, text)
    if (records.size === 0) owners.delete(owner)
  }
}

/** The map under a key, made when there is none. */
export function childMap<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  let map = maps.get(key)
  if (map === undefined) {
    map = new Map()
    maps.set(key, map)
  }
  return map
}

/** By code point, as databases order UTF-8: UTF-16 units order characters beyond U+FFFF differently. */
export function compareNames(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) {
    const difference = codePoint(left[i]) - codePoint(right[i])
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function codePoint(character: string | undefined): number {
  return character?.codePointAt(0) ?? 0
}
