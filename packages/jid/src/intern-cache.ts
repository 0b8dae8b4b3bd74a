/**
 * A bounded map from text to a value that forgets what was not asked for lately. Two generations stand for an order of
 * use: a hit in the older moves the entry into the younger, and a full younger one becomes the older.
 */
export class InternCache<Value> {
  readonly #capacity: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  /** @param capacity entries of a generation: the cache holds at most twice as many. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): Value | undefined {
    return this.#young.get(key) ?? this.#promote(key)
  }

  /** Keeps the key itself, so the caller passes one that pins no larger text. */
  set(key: string, value: Value): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  #promote(key: string): Value | undefined {
    const value = this.#old.get(key)
    if (value !== undefined) {
      this.#old.delete(key)
      this.set(key, value)
    }
    return value
  }
}
