import { utf8Length } from './characters.ts'
import { XmlError } from './errors.ts'

/** Counts the octets of one element across the texts that it comes in. */
export class Budget {
  /** Where in the current text the octets are that are not counted yet. */
  from = 0
  /** Octets of one element. */
  limit = 0
  #spent = 0
  #text = ''
  #ascii = false

  /** A text comes that continues the element. */
  begin(text: string, ascii: boolean, limit: number): void {
    this.from = 0
    this.#text = text
    this.#ascii = ascii
    this.limit = limit
  }

  /** An element begins at `index`. */
  start(index: number): void {
    this.from = index
    this.#spent = 0
  }

  /**
   * Whether the limit holds up to `index`, where an element ends. Octets are counted only where three for each
   * UTF-16 unit would exceed it, so that ordinary stanzas cost one comparison.
   *
   * @throws {XmlError} `limit-exceeded`
   */
  check(index: number): void {
    if (this.#spent + (index - this.from) * 3 > this.limit) this.spend(index)
  }

  /**
   * Counts up to `index`.
   *
   * @throws {XmlError} `limit-exceeded`
   */
  spend(index: number): void {
    this.#spent += this.#ascii ? index - this.from : utf8Length(this.#text, this.from, index)
    this.from = index
    if (this.#spent > this.limit) throw new XmlError('limit-exceeded', 'element too large')
  }

  /** How many characters may be read before the limit must be looked at. */
  room(limit: number): number {
    return Math.max(1, limit + 1 - this.#spent)
  }

  /** The text is no longer needed. */
  release(): void {
    this.#text = ''
  }
}
