/** Controls, marks that turn the direction of writing, line ends of Unicode, what has no meaning. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Text from outside as one that a terminal obeys in nothing: what could do harm is written as `\u{9b}`. */
export function printable(text: string): string {
  return text.replace(HARMFUL, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** JSON in one line that a terminal obeys in nothing; every text in it stays what it is. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(HARMFUL, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
