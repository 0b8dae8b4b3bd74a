/**
 * What a terminal would obey instead of show, and what turns the order of letters around to deceive (the controls of
 * the bidirectional algorithm): C0, DEL, C1, U+061C, U+200E–U+200F, U+202A–U+202E, U+2066–U+2069; and the separators
 * U+2028 and U+2029, and surrogates that stand alone.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

const LINE_BREAKS = /\r\n|[\r\n\u2028\u2029]/g

/** Text of others on one line, safe to write to a terminal: control characters are shown, not obeyed. */
export function plainText(text: string): string {
  return text.replace(LINE_BREAKS, ' ').replace(UNSAFE, visible)
}

/** As {@link plainText}, but line by line. */
export function plainLines(text: string): string[] {
  return text.split(LINE_BREAKS).map((line) => line.replace(UNSAFE, visible))
}

function visible(character: string): string {
  const code = character.charCodeAt(0)
  if (code === 0x09) return '    '
  if (code < 0x20) return String.fromCharCode(0x2400 + code) // Unicode's pictures of control characters
  if (code === 0x7f) return '\u2421'
  return code >= 0x80 && code <= 0x9f ? '\ufffd' : isSurrogate(code) ? '\ufffd' : ''
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff
}
