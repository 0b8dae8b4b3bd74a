import { FederationError } from './federation-error.ts'
import type { LinkTable } from './link-table.ts'
import type { FederationLimits } from './options.ts'
import type { OutgoingLink } from './outgoing-link.ts'

/** The part of all links, of those that rest after failures, that is forgotten at once to make room. */
const FORGOTTEN_SHARE = 0.1
/** Milliseconds until links are looked through again after there was nothing to forget. */
const FRUITLESS_PAUSE = 1_000

/** Bounds how many links there are, and how many to servers that were never reached one local account may cause. */
export class LinkQuota {
  readonly #limits: FederationLimits
  readonly #links: LinkTable
  readonly #now: () => number
  /** Links by who caused them; those that are gone, or count no more, leave when the bound is reached. */
  readonly #caused = new Map<string, Set<OutgoingLink>>()
  #fruitlessAt = Number.NEGATIVE_INFINITY

  constructor(limits: FederationLimits, links: LinkTable, now: () => number) {
    this.#limits = limits
    this.#links = links
    this.#now = now
  }

  /**
   * Makes room for one link more. @param isKnown whether a domain has an authenticated stream to us: its links count
   * for nobody
   * @returns why there is to be none
   */
  refusal(account: string, isKnown: () => (remote: string) => boolean): FederationError | undefined {
    const { maxLinks, maxUnreachedLinksPerAccount: max } = this.#limits
    if ((this.#caused.get(account)?.size ?? 0) >= max && this.#count(account, isKnown()) >= max)
      return new FederationError('too-many-links', 'you write to too many servers that have not been reached yet')
    if (this.#links.size >= maxLinks) this.#makeRoom()
    return this.#links.size < maxLinks ? undefined : new FederationError('too-many-links', 'too many servers at once')
  }

  /** The link was made because of a stanza of this account. */
  caused(account: string, link: OutgoingLink): void {
    const links = this.#caused.get(account) ?? new Set()
    this.#caused.set(account, links.add(link))
  }

  /** Forgets links that nobody needs any more, and who caused them. */
  sweep(): void {
    for (const link of [...this.#links]) if (link.isForgettable) this.#links.delete(link.names)
    for (const account of [...this.#caused.keys()]) this.#count(account, () => false)
  }

  #count(account: string, isKnown: (remote: string) => boolean): number {
    const links = this.#caused.get(account) ?? new Set()
    for (const link of links) {
      const { local, remote } = link.names
      if (link.wasReached || this.#links.find(local, remote) !== link || isKnown(remote)) links.delete(link)
    }
    if (links.size === 0) this.#caused.delete(account)
    return links.size
  }

  /** Idle links first; then some of those that rest and for which nothing waits. */
  #makeRoom(): void {
    if (this.#now() - this.#fruitlessAt < FRUITLESS_PAUSE) return
    for (const link of [...this.#links]) if (link.isIdle) this.#links.delete(link.names)
    if (this.#links.size >= this.#limits.maxLinks) this.#forgetResting()
    if (this.#links.size >= this.#limits.maxLinks) this.#fruitlessAt = this.#now()
  }

  #forgetResting(): void {
    const resting = [...this.#links].filter(({ state, queue }) => state === 'resting' && queue.length === 0)
    for (const link of resting.slice(0, Math.max(1, Math.ceil(this.#limits.maxLinks * FORGOTTEN_SHARE)))) {
      this.#links.delete(link.names)
      link.close()
    }
  }
}
