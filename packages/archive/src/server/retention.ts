import type { ModuleHost, ModuleStore, Registration } from '@parlour/server-core'
import type { ArchiveEntry } from '@parlour/storage'
import type { ArchiveConfiguration } from './configuration.ts'
import { ARCHIVE } from './entries.ts'

const DAY = 86_400_000
/** Milliseconds after the start, and between the end of a round and the next one. */
const FIRST_ROUND = 60_000
const NEXT_ROUND = 6 * 3_600_000
/** Messages that are looked at or removed in one step, and milliseconds until the next. */
const STEP = 500
const REST = 20
/** Accounts whose names are read at once. */
const OWNERS = 100

/** How large an archive is, as far as it was measured. */
interface Usage {
  /** UTF-16 units of the messages up to and including the one with id `through`. */
  readonly length: number
  readonly through: string
}

/**
 * Removes what is older than archives are kept for, and the oldest of archives that are too large, in small steps. Only
 * the oldest go, so that there are no gaps (XEP-0313 §3.2).
 */
export class Retention {
  readonly #host: ModuleHost<ArchiveConfiguration>
  readonly #usages: ModuleStore
  #cancel: Registration = () => {}
  #isClosed = false

  constructor(host: ModuleHost<ArchiveConfiguration>) {
    this.#host = host
    this.#usages = host.store('usage')
  }

  start(): void {
    this.#schedule(FIRST_ROUND)
  }

  close(): void {
    this.#isClosed = true
    void this.#cancel()
  }

  /** Looks after all archives once. */
  async round(): Promise<void> {
    let after: string | undefined
    do {
      const owners = await this.#host.archive.owners(
        ARCHIVE,
        after === undefined ? { max: OWNERS } : { after, max: OWNERS },
      )
      for (const owner of owners) if (!this.#isClosed && this.#isOwn(owner)) await this.#lookAfter(owner)
      after = owners.length < OWNERS ? undefined : owners.at(-1)
    } while (after !== undefined && !this.#isClosed)
  }

  /** Archives of all domains lie side by side. */
  #isOwn(owner: string): boolean {
    return owner.endsWith(`@${this.#host.domain}`)
  }

  #schedule(ms: number): void {
    if (this.#isClosed) return
    this.#cancel = this.#host.setTimer(ms, () => {
      this.round()
        .catch((error: unknown) => this.#host.log.error({ error }, 'archives could not be tidied; tried again later'))
        .then(() => this.#schedule(NEXT_ROUND))
    })
  }

  async #lookAfter(owner: string): Promise<void> {
    const { maxAgeDays, maxBytes } = this.#host.config
    let usage = maxBytes > 0 ? await this.#measure(owner) : undefined
    if (maxAgeDays > 0) {
      const end = this.#host.now() - maxAgeDays * DAY - 1
      usage = await this.#removeWhile(owner, usage, (entry) => entry.at <= end, end)
    }
    if (usage && usage.length > maxBytes) {
      let excess = usage.length - maxBytes
      await this.#removeWhile(owner, usage, (entry) => {
        excess -= lengthOf(entry)
        return excess + lengthOf(entry) > 0
      })
    }
  }

  /** Adds what has come since the last time: each message is looked at once. */
  async #measure(owner: string): Promise<Usage> {
    let usage = ((await this.#usages.get(owner)) as Usage | undefined) ?? { length: 0, through: '' }
    while (!this.#isClosed) {
      const { entries, complete } = await this.#host.archive.read(ARCHIVE, owner, { after: usage.through, max: STEP })
      const last = entries.at(-1)
      if (!last) break
      usage = { length: usage.length + sum(entries), through: last.id }
      await this.#usages.put(owner, { ...usage })
      if (complete) break
      await this.#rest()
    }
    return usage
  }

  /** Removes the oldest messages until one stays. */
  async #removeWhile(
    owner: string,
    usage: Usage | undefined,
    goes: (entry: ArchiveEntry) => boolean,
    end?: number,
  ): Promise<Usage | undefined> {
    let left = usage
    while (!this.#isClosed) {
      const { entries } = await this.#host.archive.read(ARCHIVE, owner, { end, max: STEP })
      const stays = entries.findIndex((entry) => !goes(entry))
      const gone = stays < 0 ? entries : entries.slice(0, stays)
      const last = gone.at(-1)
      if (!last) return left
      left = left && { ...left, length: Math.max(0, left.length - sum(gone)) }
      const removal = this.#host.archive.remove(ARCHIVE, owner, { through: last.id })
      await this.#host.commit(left ? [removal, this.#usages.write(owner, { ...left })] : [removal])
      if (stays >= 0) return left
      await this.#rest()
    }
    return left
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      this.#host.setTimer(REST, resolve)
    })
  }
}

const lengthOf = ({ value }: ArchiveEntry): number => (value as string).length
const sum = (entries: readonly ArchiveEntry[]): number => entries.reduce((all, entry) => all + lengthOf(entry), 0)
