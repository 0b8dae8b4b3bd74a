import { utf8Length } from './characters.ts'
import { XmlError } from './errors.ts'

/**
 * Counts the octets of one element across pieces. Octets are counted exactly only where three for each UTF-16 unit
 * would exceed the limit, so that ordinary stanzas cost one comparison a token.
 */
export class Budget {
  /** An index in the current piece; before it is passed, {@link spend} is not needed. */
  end = Number.POSITIVE_INFINITY
  #spent = 0
  #from = 0
  #ascii = false
  #limit = 0

  /** A piece begins; `from` is where octets are counted that earlier pieces did not have. */
  begin(from: number, ascii: boolean, limit: number, counting: boolean): void {
    this.#from = from
    this.#ascii = ascii
    this.#limit = limit
    if (counting) this.#estimate()
    else this.rest()
  }

  /** An element begins at `index`. */
  start(index: number): void {
    this.#spent = 0
    this.#from = index
    this.#estimate()
  }

  /** No element is being read: what comes is not counted. */
  rest(): void {
    this.#spent = 0
    this.end = Number.POSITIVE_INFINITY
  }

  /**
   * Counts up to `index`.
   *
   * @throws {XmlError} `limit-exceeded`
   */
  spend(text: string, index: number): void {
    this.#spent += this.#ascii ? index - this.#from : utf8Length(text, this.#from, index)
    this.#from = index
    if (this.#spent > this.#limit) throw new XmlError('limit-exceeded', 'element too large')
    this.#estimate()
  }

  #estimate(): void {
    const left = this.#limit - this.#spent
    this.end = this.#from + (this.#ascii ? left : Math.floor(left / 3))
  }
}
