/** Bounds on what waits for one session. */
export interface DeferredLimits {
  readonly maxStanzas: number
  /** Together, in UTF-16 code units of XML. */
  readonly maxLength: number
}

/** What waits until somebody looks: of each key only the latest, in the order in which these came. */
export class Deferred {
  readonly #texts = new Map<string, string>()
  readonly #limits: DeferredLimits
  #length = 0

  constructor(limits: DeferredLimits) {
    this.#limits = limits
  }

  /** False, and nothing is kept of it, where it does not fit. */
  put(key: string, text: string): boolean {
    const earlier = this.#texts.get(key)
    const length = this.#length - (earlier?.length ?? 0) + text.length
    const count = this.#texts.size + (earlier === undefined ? 1 : 0)
    if (length > this.#limits.maxLength || count > this.#limits.maxStanzas) return false
    // Behind the others: the order between what comes from one entity stays (RFC 6120 §10.1).
    this.#texts.delete(key)
    this.#texts.set(key, text)
    this.#length = length
    return true
  }

  /** Everything, in order; nothing waits any more. */
  take(): string[] {
    if (this.#texts.size === 0) return []
    const texts = [...this.#texts.values()]
    this.#texts.clear()
    this.#length = 0
    return texts
  }
}
