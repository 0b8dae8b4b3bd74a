/** As `scripts/encode-runs.ts` writes: base 32, the digits from `0` on, those from `P` on with another to follow. */
const FIRST_DIGIT = 48
const VALUE_BITS = 8

/** A property of all code points, kept as runs of equal values; decoded when it is first asked for. */
export class CodePointTable {
  readonly #encoded: string
  /** The first code point of each run, ascending, and the value that holds from there on. */
  #starts: number[] | undefined
  readonly #values: number[] = []

  constructor(encoded: string) {
    this.#encoded = encoded
  }

  /** The value of a code point. */
  of(codePoint: number): number {
    this.#starts ??= this.#decode()
    const starts = this.#starts
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] as number) <= codePoint) low = middle
      else high = middle - 1
    }
    return this.#values[low] as number
  }

  #decode(): number[] {
    const starts: number[] = []
    let start = 0
    let number = 0
    for (let index = 0; index < this.#encoded.length; index++) {
      const digit = this.#encoded.charCodeAt(index) - FIRST_DIGIT
      number = number * 32 + (digit & 31)
      if (digit >= 32) continue
      starts.push(start)
      this.#values.push(number % VALUE_BITS)
      start += Math.floor(number / VALUE_BITS) + 1
      number = 0
    }
    return starts
  }
}
