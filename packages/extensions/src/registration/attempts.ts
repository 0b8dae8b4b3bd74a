const MAX_ADDRESSES = 10_000

interface Count {
  readonly since: number
  attempts: number
}

/** Counts attempts by address; remembers a bounded number of addresses. */
export class Attempts {
  readonly #max: number
  readonly #milliseconds: number
  readonly #counts = new Map<string, Count>()

  /** At most `max` in so many milliseconds from the first. */
  constructor(max: number, milliseconds: number) {
    this.#max = max
    this.#milliseconds = milliseconds
  }

  /** Whether one more is allowed, which it then counts. */
  take(address: string, now: number): boolean {
    const key = blockOf(address)
    const known = this.#counts.get(key)
    const count = known && now - known.since < this.#milliseconds ? known : { since: now, attempts: 0 }
    if (count.attempts >= this.#max) return false
    count.attempts++
    this.#counts.delete(key)
    this.#counts.set(key, count)
    if (this.#counts.size > MAX_ADDRESSES) this.#counts.delete(this.#counts.keys().next().value as string)
    return true
  }
}

/** An IPv4 address, or the /64 of an IPv6 address: the least that one customer has. */
export function blockOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1]) return mapped[1]
  if (!address.includes(':')) return address
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => Number.parseInt(group, 16) || 0)
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')
}
