/** How many words of a search count; more are not looked at. */
export const MAX_SEARCH_WORDS = 20

// Letters, digits, and what belongs to a letter: as the tokenizers of databases split text.
const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu

/**
 * The words of a text, without case and diacritics, in order.
 *
 * @example searchWords('Adiós, señor O’Hara!') // ['adios', 'senor', 'o', 'hara']
 */
export function searchWords(text: string): string[] {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().match(WORD) ?? []
}

/** Whether each word of a search begins a word of the text; never, without a word. For adapters. */
export function wordsMatch(search: readonly string[], words: readonly string[]): boolean {
  return search.length > 0 && search.every((sought) => words.some((word) => word.startsWith(sought)))
}
