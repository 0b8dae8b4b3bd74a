/** A map of at most `max` entries; the one used longest ago makes room. While it is half empty, uses are not noted. */
export class BoundedCache<Value> {
  readonly #entries = new Map<string, Value>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key)
    // To note each use costs more than the look-up, and makes the map grow anew over and over.
    if (value === undefined || this.#entries.size * 2 <= this.#max) return value
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** @returns what made room */
  set(key: string, value: Value): Value | undefined {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#max) return undefined
    const [oldest, former] = this.#entries.entries().next().value as [string, Value]
    this.#entries.delete(oldest)
    return former
  }

  /** What is there, or else is made now. */
  getOr(key: string, make: () => Value): Value {
    const known = this.get(key)
    if (known !== undefined) return known
    const made = make()
    this.set(key, made)
    return made
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }
}
