declare class TextDecoder {
  constructor(label: 'utf-8', options: { fatal: boolean; ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}

/**
 * One for all streams: it gets whole characters only, so it keeps nothing between calls. `ignoreBOM` makes U+FEFF a
 * character as any other (RFC 6120 §11.6).
 */
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const NOTHING = new Uint8Array(0)

/** Strict decoder of UTF-8 that comes in pieces; between them it keeps at most three octets. */
export class Utf8Decoder {
  #rest = NOTHING
  #failed = false

  /** Whether the octets so far end within a character. */
  get incomplete(): boolean {
    return this.#rest.length > 0
  }

  /** Whether octets have come that are no UTF-8: {@link decode} has returned what stood before them. */
  get failed(): boolean {
    return this.#failed
  }

  /** The characters that are complete. */
  decode(bytes: Uint8Array): string {
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes)
    const end = all.length - incompleteLength(all)
    this.#rest = end === all.length ? NOTHING : all.slice(end)
    const text = end === 0 ? '' : decoded(end === all.length ? all : all.subarray(0, end))
    if (text !== undefined) return text
    this.#failed = true
    return beginning(all)
  }

  reset(): void {
    this.#rest = NOTHING
    this.#failed = false
  }
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return DECODER.decode(bytes)
  } catch {
    return undefined // the decoder has no other answer to what is no UTF-8
  }
}

/** The complete characters before the first octet that is no UTF-8, found by halving: the decoder does not tell where. */
function beginning(bytes: Uint8Array): string {
  const textOf = (length: number) => {
    const part = bytes.subarray(0, length)
    return decoded(part.subarray(0, length - incompleteLength(part)))
  }
  let good = 0
  for (let bad = bytes.length; bad - good > 1; ) {
    const middle = (good + bad) >> 1
    if (textOf(middle) === undefined) bad = middle
    else good = middle
  }
  return textOf(good) ?? ''
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}

/** How many octets at the end are the begin of a character (RFC 3629 §3). */
function incompleteLength(bytes: Uint8Array): number {
  const { length } = bytes
  for (let count = 1; count <= 3 && count <= length; count++) {
    const octet = bytes[length - count] as number
    if (octet < 0x80) return 0
    if (octet >= 0xc0) return count < sequenceLength(octet) ? count : 0
  }
  return 0
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4
  return lead >= 0xe0 ? 3 : 2
}
