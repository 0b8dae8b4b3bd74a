/** Four hexadecimal digits: one more would sort before them. */
const MAX_COUNT = 0xffff

/** Entries for which randomness is asked at once. */
const DRAWN = 256
/** Hexadecimal digits of an id that are not to be guessed. */
const RANDOM_DIGITS = 16

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const DIGITS: readonly number[] = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))

const decoder = new TextDecoder()

/** Makes the ids of archive entries: in order of time, unique, and not to be guessed. */
export class ArchiveIds {
  readonly #randomBytes: (length: number) => Uint8Array
  #lastAt = 0
  #prefix = '000000000000-'
  #count = 0
  #random = ''
  readonly #codes = new Uint8Array(DRAWN * RANDOM_DIGITS)
  #used = 0
  #lastId = ''

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.#randomBytes = randomBytes
  }

  /** The id of an entry made at `at` (milliseconds since 1970); greater than every id made before, also if the clock went back. */
  next(at: number): string {
    if (at > this.#lastAt) this.#begin(at)
    else if (this.#count === MAX_COUNT) this.#begin(this.#lastAt + 1)
    else this.#count++
    if (this.#used >= this.#random.length) this.#draw()
    const random = this.#random.slice(this.#used, this.#used + RANDOM_DIGITS)
    this.#used += RANDOM_DIGITS
    // Few parts: each that is joined is an object more.
    const count = `${HEX[this.#count >> 8]}${HEX[this.#count & 0xff]}-`
    this.#lastId = this.#prefix + count + random
    return this.#lastId
  }

  /** {@link timeOfArchiveId}, quicker for the id that was made last. */
  timeOf(id: string): number {
    return id === this.#lastId ? this.#lastAt : timeOfArchiveId(id)
  }

  #draw(): void {
    const octets = this.#randomBytes((DRAWN * RANDOM_DIGITS) / 2)
    let at = 0
    const codes = this.#codes
    for (let index = 0; index < octets.length; index++) {
      const octet = octets[index] as number
      codes[at++] = DIGITS[octet >> 4] as number
      codes[at++] = DIGITS[octet & 15] as number
    }
    this.#random = decoder.decode(codes)
    codes.fill(0)
    this.#used = 0
  }

  #begin(at: number): void {
    this.#lastAt = at
    this.#prefix = `${at.toString(16).padStart(12, '0')}-`
    this.#count = 0
  }
}

/** When an entry with this id was made, in milliseconds since 1970; of two ids the greater one is never the older. */
export function timeOfArchiveId(id: string): number {
  return Number.parseInt(id.slice(0, 12), 16)
}

const ARCHIVE_ID = /^[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{16}$/

/** Whether a text is an id as this server gives them to the entries of archives. */
export function isArchiveId(text: string): boolean {
  return ARCHIVE_ID.test(text)
}
