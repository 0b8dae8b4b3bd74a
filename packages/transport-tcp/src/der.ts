/** One value of DER (X.690 §8.1). */
export interface DerValue {
  readonly tag: number
  readonly content: Uint8Array
  /** Where the next value begins. */
  readonly end: number
}

/** What is no DER: a length that is indefinite or goes beyond the end. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** @throws {DerError} */
export function readDer(bytes: Uint8Array, at = 0): DerValue {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new DerError('no value')
  const lengthOctets = first & 0x80 ? first & 0x7f : 0
  if (first === 0x80 || lengthOctets > 3) throw new DerError('a length that is not definite')
  let length = lengthOctets ? 0 : first
  for (let i = 0; i < lengthOctets; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0)
  const start = at + 2 + lengthOctets
  if (start + length > bytes.length) throw new DerError('a length beyond the end')
  return { tag, content: bytes.subarray(start, start + length), end: start + length }
}

/** The values in a constructed one. @throws {DerError} */
export function derChildren({ content }: Pick<DerValue, 'content'>): DerValue[] {
  const found: DerValue[] = []
  for (let at = 0; at < content.length; ) {
    const next = readDer(content, at)
    found.push(next)
    at = next.end
  }
  return found
}

/** The contents in hexadecimal: the form in which object identifiers are compared here. */
export function derHex({ content }: Pick<DerValue, 'content'>): string {
  return Buffer.from(content).toString('hex')
}
