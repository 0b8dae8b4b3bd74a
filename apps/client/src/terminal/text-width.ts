import stringWidth from 'string-width'

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const ASCII = /^[\x20-\x7e]*$/

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text)
}

/** What people take for single characters. */
export function graphemes(text: string): string[] {
  return ASCII.test(text) ? [...text] : Array.from(SEGMENTER.segment(text), ({ segment }) => segment)
}

/** Cut to so many columns, with an ellipsis where something is missing. */
export function truncate(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  if (columns < 1) return ''
  let kept = ''
  let width = 0
  for (const character of graphemes(text)) {
    width += widthOf(character)
    if (width > columns - 1) break
    kept += character
  }
  return `${kept}…`
}

/** Exactly so many columns. */
export function pad(text: string, columns: number): string {
  const cut = truncate(text, columns)
  return cut + ' '.repeat(Math.max(0, columns - widthOf(cut)))
}

/** Broken into lines of at most so many columns, at spaces where there are some. */
export function wrap(text: string, columns: number): string[] {
  const limit = Math.max(2, columns)
  if (ASCII.test(text) && text.length <= limit) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<= )/)) {
    if (widthOf(line) + widthOf(withoutSpaces(word)) > limit && line !== '') {
      lines.push(withoutSpaces(line))
      line = ''
    }
    line += word
    if (widthOf(withoutSpaces(line)) > limit) line = breakWord(line, limit, lines)
  }
  lines.push(withoutSpaces(line))
  return lines
}

/** Puts full lines of a word that is too long into `lines`. @returns what is left */
function breakWord(word: string, limit: number, lines: string[]): string {
  let line = ''
  let width = 0
  for (const character of graphemes(word)) {
    const columns = widthOf(character)
    if (width + columns > limit) {
      lines.push(line)
      line = ''
      width = 0
    }
    line += character
    width += columns
  }
  return line
}

function withoutSpaces(text: string): string {
  let end = text.length
  while (text[end - 1] === ' ') end--
  return text.slice(0, end)
}
