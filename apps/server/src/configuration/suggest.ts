/** The word that `typed` most likely means; `undefined` when none is near. */
export function suggest(typed: string, words: readonly string[]): string | undefined {
  const wanted = normal(typed)
  const near = words
    .map((word) => ({ word, distance: distance(wanted, normal(word)) }))
    .filter(({ word, distance }) => distance <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  return near[0]?.word ?? words.find((word) => isPart(wanted, normal(word)))
}

const normal = (text: string): string => text.toLowerCase().replaceAll(/[-_.]/g, '')
const isPart = (a: string, b: string): boolean => a.length >= 3 && (a.includes(b) || b.includes(a))

/** Insertions, deletions, replacements and swaps of neighbours that make `a` into `b`. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : replaced
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped))
    }
  }
  return at(a.length, b.length)
}
