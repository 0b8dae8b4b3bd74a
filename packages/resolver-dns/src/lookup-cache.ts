import type { Lookup } from './lookup.ts'
import type { Question } from './records.ts'

interface Kept {
  readonly lookup: Lookup
  /** Milliseconds since the epoch. */
  readonly until: number
}

/** Answers for as long as they may be kept; beyond `size`, the one that was not used for longest goes. */
export class LookupCache {
  readonly #size: number
  readonly #kept = new Map<string, Kept>()

  constructor(size: number) {
    this.#size = size
  }

  get(key: string, now: number): Lookup | undefined {
    const kept = this.#kept.get(key)
    if (!kept) return undefined
    this.#kept.delete(key)
    if (kept.until <= now) return undefined
    this.#kept.set(key, kept)
    return { ...kept.lookup, cached: true, ttl: Math.ceil((kept.until - now) / 1000) }
  }

  set(key: string, lookup: Lookup, now: number): void {
    this.#kept.delete(key)
    if (lookup.ttl <= 0 || this.#size <= 0) return
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < this.#size) break
      this.#kept.delete(oldest)
    }
    this.#kept.set(key, { lookup, until: now + lookup.ttl * 1000 })
  }

  clear(): void {
    this.#kept.clear()
  }

  get size(): number {
    return this.#kept.size
  }
}

export function cacheKey({ name, type }: Question): string {
  return `${type} ${name}`
}
