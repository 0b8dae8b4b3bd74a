/** The pairs of domains that are authenticated on a stream: from whom to whom stanzas may come. */
export class DomainPairs {
  readonly #pairs = new Map<string, Set<string>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(remote: string, local: string): void {
    const locals = this.#pairs.get(remote) ?? new Set()
    this.#pairs.set(remote, locals)
    if (!locals.has(local)) this.#size++
    locals.add(local)
  }

  has(remote: string, local: string): boolean {
    return this.#pairs.get(remote)?.has(local) === true
  }

  /** Whether the domain is authenticated at all. */
  hasRemote(remote: string): boolean {
    return this.#pairs.has(remote)
  }

  /** For whom a domain is authenticated, at least one; `undefined` if it is not. */
  localsOf(remote: string): ReadonlySet<string> | undefined {
    return this.#pairs.get(remote)
  }

  list(): { remote: string; local: string }[] {
    return [...this.#pairs].flatMap(([remote, locals]) => [...locals].map((local) => ({ remote, local })))
  }
}
