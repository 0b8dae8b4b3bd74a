/** The index of the first character at or after `index` that is not white space (XML 1.0 production S). */
export function skipSpace(text: string, index: number): number {
  for (;;) {
    const code = text.charCodeAt(index)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return index
    index++
  }
}

/** The octets that `text` takes in UTF-8 from `start` to `end`; surrogates count as halves of a pair. */
export function utf8Length(text: string, start: number, end: number): number {
  let length = end - start
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x80) continue
    length += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2
  }
  return length
}

/** The beginning of a text, at most so many UTF-16 units; no character is cut in two, for half of one cannot be written. */
export function beginningOf(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')
}
