import type { OutgoingLink } from './outgoing-link.ts'
import type { ServerNames } from './server-connector.ts'

/** The outgoing links by their two domains. */
export class LinkTable {
  readonly #links = new Map<string, Map<string, OutgoingLink>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  find(local: string, remote: string): OutgoingLink | undefined {
    return this.#links.get(local)?.get(remote)
  }

  add(link: OutgoingLink): void {
    const { local, remote } = link.names
    const ofLocal = this.#links.get(local) ?? new Map<string, OutgoingLink>()
    this.#links.set(local, ofLocal)
    ofLocal.set(remote, link)
    this.#size++
  }

  delete({ local, remote }: ServerNames): void {
    if (this.#links.get(local)?.delete(remote)) this.#size--
  }

  *[Symbol.iterator](): Generator<OutgoingLink> {
    for (const ofLocal of this.#links.values()) yield* ofLocal.values()
  }
}
