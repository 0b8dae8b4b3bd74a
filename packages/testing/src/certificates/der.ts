/** The little of DER (X.690 §10) that certificates for tests are put together from. */

/** One element: tag, length, and the contents one after the other. */
export function der(tag: number, ...contents: (Uint8Array | readonly number[])[]): Uint8Array {
  const content = contents.flatMap((part) => [...part])
  return Uint8Array.from([tag, ...lengthOf(content.length), ...content])
}

/** A character string in the octets of UTF-8, with the tag of any string type. */
export function derText(tag: number, text: string): Uint8Array {
  return der(tag, new TextEncoder().encode(text))
}

/** An object identifier from its dotted form. */
export function derOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(0x06, [first * 40 + second, ...rest.flatMap(base128)])
}

export const SEQUENCE = 0x30
export const SET = 0x31
export const UTF8_STRING = 0x0c
export const PRINTABLE_STRING = 0x13
export const IA5_STRING = 0x16

/** A context tag of a constructed element. */
export const context = (number: number): number => 0xa0 + number

/** A context tag of a primitive element. */
export const contextPrimitive = (number: number): number => 0x80 + number

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

function base128(arc: number): number[] {
  const octets = [arc & 0x7f]
  for (let left = arc >>> 7; left > 0; left >>>= 7) octets.unshift((left & 0x7f) | 0x80)
  return octets
}
