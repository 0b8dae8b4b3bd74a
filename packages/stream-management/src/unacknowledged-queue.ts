const INITIAL_CAPACITY = 8
/** An empty queue gives back what is above this: one burst must not make an idle session large for ever. */
const KEPT_CAPACITY = 64

/** A ring of items and their sizes, oldest first; its capacity is a power of two. */
export class UnacknowledgedQueue<Item> {
  #items: (Item | undefined)[] = []
  #sizes: number[] = []
  #head = 0
  length = 0
  bytes = 0

  push(item: Item, size: number): void {
    if (this.length === this.#items.length) this.#grow()
    const slot = (this.#head + this.length) & (this.#items.length - 1)
    this.#items[slot] = item
    this.#sizes[slot] = size
    this.length++
    this.bytes += size
  }

  /** Removes the `count` oldest; the caller knows that there are so many. */
  shift(count: number): Item[] {
    const mask = this.#items.length - 1
    const removed = new Array<Item>(count)
    for (let index = 0; index < count; index++) {
      const slot = (this.#head + index) & mask
      removed[index] = this.#items[slot] as Item
      this.#items[slot] = undefined
      this.bytes -= this.#sizes[slot] as number
    }
    this.#head = (this.#head + count) & mask
    this.length -= count
    if (this.length === 0 && mask >= KEPT_CAPACITY) this.#release()
    return removed
  }

  /** All items, oldest first. */
  toArray(): Item[] {
    const mask = this.#items.length - 1
    return Array.from({ length: this.length }, (_, index) => this.#items[(this.#head + index) & mask] as Item)
  }

  #grow(): void {
    const capacity = Math.max(INITIAL_CAPACITY, this.#items.length * 2)
    const items = new Array<Item | undefined>(capacity)
    const sizes = new Array<number>(capacity)
    for (let index = 0; index < this.length; index++) {
      const slot = (this.#head + index) & (this.#items.length - 1)
      items[index] = this.#items[slot]
      sizes[index] = this.#sizes[slot] as number
    }
    this.#items = items
    this.#sizes = sizes
    this.#head = 0
  }

  #release(): void {
    this.#items = []
    this.#sizes = []
    this.#head = 0
  }
}
