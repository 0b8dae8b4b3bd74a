/** Kinds of ASCII characters, as bits in {@link KINDS}. */
export const NAME_START = 1
export const NAME = 2
const SPACE = 4
/** Ends a run of character data that may be taken as it is. */
export const TEXT_STOP = 8
/** Ends a run of an attribute value that may be taken as it is. */
export const VALUE_STOP = 16

/** What each ASCII character is to the parser, by code. */
export const KINDS: Uint8Array = kindsOfAscii()

function kindsOfAscii(): Uint8Array {
  const kinds = new Uint8Array(128)
  const mark = (characters: string, kind: number) => {
    for (let index = 0; index < characters.length; index++) {
      const code = characters.charCodeAt(index)
      kinds[code] = (kinds[code] as number) | kind
    }
  }
  for (let code = 0; code < 0x20; code++) kinds[code] = TEXT_STOP | VALUE_STOP
  mark('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_', NAME_START | NAME)
  mark('0123456789.-', NAME)
  mark(' \t\n\r', SPACE)
  mark('<&>', TEXT_STOP)
  mark('<&\'"', VALUE_STOP)
  kinds[0x09] = SPACE | VALUE_STOP
  kinds[0x0a] = SPACE | VALUE_STOP
  return kinds
}

/** Whether the character at `index` is white space (XML 1.0 production S). */
export function isSpace(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d
}

/** The index of the first character at or after `index` that is not white space. */
export function skipSpace(text: string, index: number): number {
  while (isSpace(text, index)) index++
  return index
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
