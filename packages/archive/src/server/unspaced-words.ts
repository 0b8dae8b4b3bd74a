/** A letter of a script that puts no spaces between words, with the marks on it. */
const LETTER = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\u30fc\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]\p{M}*/gu
const RUN = /(?:[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\u30fc\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]\p{M}*)+/gu
/** From where on there are any: most texts end here, and cost no more than being looked through. */
const ANY = /[\u0e01-\uffff]/

/**
 * A text to be searched, where what has no spaces between its words, such as Chinese or Japanese, stands as pairs of letters:
 * the storage looks for beginnings of words, and so finds everything that is in it, not only how a sentence begins.
 */
export function spacedText(text: string): string {
  return spaced(text, (letters) => [...pairs(letters), letters.at(-1) as string])
}

/** What is looked for in such a text: a letter alone is the beginning of a pair. */
export function spacedQuery(text: string): string {
  return spaced(text, (letters) => (letters.length === 1 ? letters : pairs(letters)))
}

function spaced(text: string, wordsOf: (letters: readonly string[]) => readonly string[]): string {
  if (!ANY.test(text)) return text
  return text.replace(RUN, (run) => ` ${wordsOf(run.normalize('NFC').match(LETTER) ?? [run]).join(' ')} `)
}

function pairs(letters: readonly string[]): string[] {
  return letters.slice(1).map((letter, at) => `${letters[at]}${letter}`)
}
