import type { Jid } from '@parlour/jid'

/** How many entities one session may share its presence with unless the caller says otherwise. */
export const DEFAULT_DIRECTED_PRESENCE_LIMIT = 1000

/**
 * The entities to which one session has sent directed presence (RFC 6121 §4.6): they get its unavailable presence,
 * and may ask whether it is there. Bounded.
 */
export class DirectedPresence {
  readonly #entities = new Map<string, Jid>()
  readonly #bareCounts = new Map<string, number>()
  readonly #limit: number

  constructor(limit = DEFAULT_DIRECTED_PRESENCE_LIMIT) {
    this.#limit = limit
  }

  /** The number of entities. */
  get size(): number {
    return this.#entities.size
  }

  /** Notes directed available presence to `to`; false, and nothing noted, when there are too many already. */
  add(to: Jid): boolean {
    const key = to.toString()
    if (this.#entities.has(key)) return true
    if (this.#entities.size >= this.#limit) return false
    this.#entities.set(key, to)
    const bare = to.bare.toString()
    this.#bareCounts.set(bare, (this.#bareCounts.get(bare) ?? 0) + 1)
    return true
  }

  /** Forgets an entity: it was sent, or has sent, unavailable presence (RFC 6121 §4.6.1). */
  delete(to: Jid): boolean {
    if (!this.#entities.delete(to.toString())) return false
    const bare = to.bare.toString()
    const left = (this.#bareCounts.get(bare) ?? 1) - 1
    if (left === 0) this.#bareCounts.delete(bare)
    else this.#bareCounts.set(bare, left)
    return true
  }

  /** Whether presence was directed to exactly this address or to its bare JID. */
  has(entity: Jid): boolean {
    return this.#entities.has(entity.toString()) || this.#entities.has(entity.bare.toString())
  }

  /** Whether presence was directed to any address of the same bare JID: one occupant's, for a whole room. */
  hasBare(entity: Jid): boolean {
    return this.#bareCounts.has(entity.bare.toString())
  }

  /** All entities, first noted first. */
  entities(): Jid[] {
    return [...this.#entities.values()]
  }

  /** Returns all entities and forgets them: the session has become unavailable. */
  take(): Jid[] {
    const entities = this.entities()
    this.#entities.clear()
    this.#bareCounts.clear()
    return entities
  }
}
