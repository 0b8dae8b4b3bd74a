import { prepareDomain } from '@parlour/jid'

/**
 * A table by domain. A key is a domain, `*.` and a domain (any subdomain, at any depth, not the domain itself), or `*`.
 * The most exact key counts.
 */
export class DomainPatterns<Value> {
  readonly #values: ReadonlyMap<string, Value>

  constructor(entries: Iterable<readonly [pattern: string, value: Value]>) {
    this.#values = new Map([...entries].map(([pattern, value]) => [prepare(pattern), value]))
  }

  get isEmpty(): boolean {
    return this.#values.size === 0
  }

  find(domain: string): Value | undefined {
    if (this.#values.size === 0) return undefined
    const exact = this.#values.get(domain)
    if (exact !== undefined) return exact
    for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
      const value = this.#values.get(`*${domain.slice(dot)}`)
      if (value !== undefined) return value
    }
    return this.#values.get('*')
  }
}

/** As domains are written inside: A-labels as U-labels, in lower case (RFC 7622 §3.2). */
function prepare(pattern: string): string {
  if (pattern === '*') return pattern
  return pattern.startsWith('*.') ? `*.${prepareDomain(pattern.slice(2))}` : prepareDomain(pattern)
}
