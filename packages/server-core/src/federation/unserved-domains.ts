import { MAX_PAGE } from '@parlour/storage'
import { OUTBOX_ARCHIVE, type OutboxParts } from './outbox-parts.ts'

/** Milliseconds from the start to the first look: by then all domains are known, those of components too. */
const FIRST_LOOK = 60_000
/** Milliseconds between two looks. */
const INTERVAL = 86_400_000
/** Milliseconds for which a domain may be out of service without losing what waits. */
const KEPT_FOR = 7 * 86_400_000

/**
 * What waits for other servers from domains that are not served here any more. Nobody sends it, and there is nobody to be
 * told, so it stays in case that the domain comes back, but not for ever. More of it does not come: where there is none, it
 * is looked for once.
 */
export class UnservedDomains {
  readonly #parts: OutboxParts
  readonly #told = new Set<string>()
  #cancel: (() => void) | undefined
  #isEnded = false

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  begin(): void {
    if (!this.#cancel) this.#lookIn(FIRST_LOOK)
  }

  end(): void {
    this.#isEnded = true
    this.#cancel?.()
  }

  #lookIn(milliseconds: number): void {
    if (this.#isEnded) return
    this.#cancel = this.#parts.environment.setTimer(milliseconds, () => {
      const failed = (error: unknown): boolean => {
        this.#parts.log.error({ error }, 'what waits from domains that are not served cannot be looked at')
        return true
      }
      void this.#look()
        .catch(failed)
        .then((isWaiting) => isWaiting && this.#lookIn(INTERVAL))
    })
  }

  /** @returns whether something stays */
  async #look(): Promise<boolean> {
    let isWaiting = false
    for (let after: string | undefined, isComplete = false; !isComplete; ) {
      const page = { max: MAX_PAGE, ...(after !== undefined && { after }) }
      const domains = await this.#parts.storage.archiveOwners(OUTBOX_ARCHIVE, page)
      for (const domain of domains)
        if (!this.#parts.isServed(domain) && (await this.#tidy(domain)) > 0) isWaiting = true
      after = domains.at(-1)
      isComplete = domains.length < MAX_PAGE
    }
    return isWaiting
  }

  /** @returns how much stays */
  async #tidy(local: string): Promise<number> {
    const { storage, environment, log } = this.#parts
    const before = environment.now() - KEPT_FOR
    const all = await storage.countArchive(OUTBOX_ARCHIVE, local)
    await storage.commit([{ type: 'remove', archive: OUTBOX_ARCHIVE, owner: local, before }])
    const waiting = await storage.countArchive(OUTBOX_ARCHIVE, local)
    const fields = { local, waiting, dropped: all - waiting, daysKept: KEPT_FOR / INTERVAL }
    if (waiting < all) log.warn(fields, 'stanzas of a domain that is not served any more are dropped')
    else if (!this.#told.has(local)) log.warn(fields, 'stanzas of a domain that is not served any more wait')
    this.#told.add(local)
    return waiting
  }
}
