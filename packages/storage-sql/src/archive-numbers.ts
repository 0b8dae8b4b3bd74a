import type { Prepared } from './prepared.ts'

const MAX_CACHED = 50_000

/** The number of each (archive, owner) pair; those lately used are remembered. */
export class ArchiveNumbers {
  readonly #prepared: Prepared
  readonly #known = new Map<string, number>()

  constructor(prepared: Prepared) {
    this.#prepared = prepared
  }

  find(archive: string, owner: string): number | undefined {
    const key = `${archive}\0${owner}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const row = this.#prepared.row('findArchive', archive, owner)
    return row === undefined ? undefined : this.#remember(key, Number(row[0]))
  }

  findOrAdd(archive: string, owner: string): number {
    const found = this.find(archive, owner)
    if (found !== undefined) return found
    const row = this.#prepared.row('addArchive', archive, owner)
    return this.#remember(`${archive}\0${owner}`, Number(row?.[0]))
  }

  remove(archive: string, owner: string): void {
    const number = this.find(archive, owner)
    if (number === undefined) return
    this.#prepared.run('removeEntries', number)
    this.#prepared.run('removeArchive', number)
    this.#known.delete(`${archive}\0${owner}`)
  }

  /** After a rollback: what was added may be gone. */
  forget(): void {
    this.#known.clear()
  }

  #remember(key: string, number: number): number {
    if (this.#known.size >= MAX_CACHED) this.#known.clear()
    this.#known.set(key, number)
    return number
  }
}
