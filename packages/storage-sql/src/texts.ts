import type { Prepared } from './prepared.ts'

/** The texts that entries are found by. Their index is brought up to date later, by `TextIndex`. */
export class Texts {
  readonly #prepared: Prepared
  #last: number | undefined

  constructor(prepared: Prepared) {
    this.#prepared = prepared
  }

  /** Stores a text; its number, or null when there is none. No number is given twice: the index may still have it. */
  add(archive: number, id: string, text: string | null): number | null {
    if (text === null) return null
    this.#last ??= Number(this.#prepared.row('lastNumber')?.[0])
    this.#prepared.run('addText', ++this.#last, archive, id, text)
    return this.#last
  }

  /** Removes the texts of one entry, of those below an id, or of all; what the index has of them goes later. */
  remove(which: 'textOf' | 'textsBelow' | 'textsOf', archive: number, ...id: string[]): void {
    for (const row of this.#prepared.rows(which, archive, ...id)) {
      this.removeOne((row as number[])[0] as number)
    }
  }

  /** Removes a text by its number. */
  removeOne(number: number): void {
    this.#prepared.run('keepRemovedText', number)
    this.#prepared.run('removeText', number)
  }
}
