/** Who is asked about: the server itself, or an account of it. */
export type DiscoveryTarget = 'server' | 'account'

/** XEP-0030 §3.1: what kind of entity this is. */
export interface Identity {
  readonly category: string
  readonly type: string
  readonly name?: string
}

/** XEP-0030 §4.1: an entity that belongs to this one. */
export interface Item {
  readonly jid: string
  readonly node?: string
  readonly name?: string
}

/** What the modules of a host have told about it; the module `disco` (XEP-0030) answers with it. */
export class Discovery {
  readonly #features = { server: new Map<string, number>(), account: new Map<string, number>() }
  readonly #identities = { server: new Set<Identity>(), account: new Set<Identity>() }
  readonly #items = new Set<Item>()
  #revision = 0

  /** Counts changes, so that answers and hashes made from this can be kept. */
  get revision(): number {
    return this.#revision
  }

  features(target: DiscoveryTarget): string[] {
    return [...this.#features[target].keys()].sort()
  }

  identities(target: DiscoveryTarget): Identity[] {
    return [...this.#identities[target]]
  }

  items(): Item[] {
    return [...this.#items]
  }

  /** Announces a feature of the server, of its accounts, or of both. */
  advertise(feature: string, ...targets: readonly DiscoveryTarget[]): () => void {
    const chosen = targets.length > 0 ? targets : (['server'] as const)
    for (const target of chosen) this.#count(target, feature, 1)
    return () => {
      for (const target of chosen) this.#count(target, feature, -1)
    }
  }

  identify(target: DiscoveryTarget, identity: Identity): () => void {
    return this.#add(this.#identities[target], identity)
  }

  addItem(item: Item): () => void {
    return this.#add(this.#items, item)
  }

  #add<T>(set: Set<T>, value: T): () => void {
    this.#revision++
    set.add(value)
    return () => {
      this.#revision++
      set.delete(value)
    }
  }

  /** Two modules may announce the same feature; it goes when the last one does. */
  #count(target: DiscoveryTarget, feature: string, change: number): void {
    const counts = this.#features[target]
    const count = (counts.get(feature) ?? 0) + change
    if (count > 0) counts.set(feature, count)
    else counts.delete(feature)
    this.#revision++
  }
}
