const MAX_KEPT = 100

/** What an import leaves out: some of it by a note each. */
export interface LeftOutNotes {
  readonly notes: readonly string[]
  /** How much there is beyond. */
  readonly more: number
}

/** Keeps the first hundred notes, and counts the others. */
export class LeftOut {
  readonly #notes: string[] = []
  #more = 0

  readonly note = (text: string): void => {
    if (this.#notes.length < MAX_KEPT) this.#notes.push(text)
    else this.#more++
  }

  readonly all = (): LeftOutNotes => ({ notes: this.#notes, more: this.#more })
}
