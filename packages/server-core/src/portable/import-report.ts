import type { ImportOutcome, ImportResult } from './portable-part.ts'

/** What an import did to one account; in a trial, what it would do. JSON. */
export interface AccountImportReport {
  readonly account: string
  /** `left`: nothing of it was taken; a note says why. */
  readonly state: 'created' | 'existing' | 'left'
  /** How many items had which result, by the title of the part. */
  readonly counts: Readonly<Record<string, Partial<Record<ImportResult, number>>>>
  /** What the operator should know, each once; the first {@link MAX_NOTES}, and how often there was something else. */
  readonly notes: readonly string[]
}

const MAX_NOTES = 20

/** Collects what becomes of an account. */
export class ImportCount {
  readonly #counts: Record<string, Partial<Record<ImportResult, number>>> = {}
  readonly #notes = new Map<string, number>()
  #others = 0

  add(title: string, outcome: ImportOutcome): void {
    const result = typeof outcome === 'string' ? outcome : outcome.result
    this.#counts[title] ??= {}
    const counts = this.#counts[title]
    counts[result] = (counts[result] ?? 0) + 1
    if (typeof outcome !== 'string') this.note(`${title}: ${outcome.reason}`)
  }

  note(text: string): void {
    if (this.#notes.has(text) || this.#notes.size < MAX_NOTES) this.#notes.set(text, (this.#notes.get(text) ?? 0) + 1)
    else this.#others++
  }

  report(account: string, state: AccountImportReport['state']): AccountImportReport {
    const notes = [...this.#notes].map(([text, times]) => (times > 1 ? `${text} (${times} times)` : text))
    if (this.#others > 0) notes.push(`and ${this.#others} more of other kinds`)
    return { account, state, counts: this.#counts, notes }
  }
}
