/** Columns that output is written for. */
export const COLUMNS = 80

/** Text as lines of at most so many characters, broken at spaces; a longer word has a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Text behind a margin: the first line after `first`, the others below it. */
export function hanging(first: string, text: string, columns = COLUMNS): string[] {
  const [line = '', ...others] = wrap(text, columns - first.length)
  const margin = ' '.repeat(first.length)
  return [`${first}${line}`.trimEnd(), ...others.map((other) => `${margin}${other}`)]
}
