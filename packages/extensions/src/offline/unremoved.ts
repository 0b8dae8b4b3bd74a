import type { ClientSession } from '@parlour/server-core'
import type { ArchiveEntry } from '@parlour/storage'

/** The most that is remembered of one account; what is more is handed out again. */
const MAX_REMEMBERED = 1000

interface HandedOut {
  readonly length: number
  /** What has it in its queue instead of the storage, for as long as its client has not acknowledged it. */
  readonly holder: ClientSession | undefined
}

/** Entries that were handed out, and that the storage has still, because it failed: nobody else gets them. */
export class Unremoved {
  readonly #entries = new Map<string, HandedOut>()

  get size(): number {
    return this.#entries.size
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /** @param holder the session whose queue it is in, though that could not be stored */
  add({ id, value }: ArchiveEntry, holder?: ClientSession): void {
    if (this.#entries.size < MAX_REMEMBERED) this.#entries.set(id, { length: (value as string).length, holder })
  }

  /** It is removed, or given to others again. @returns the length of its text; `undefined`: it was not among them */
  take(id: string): number | undefined {
    const length = this.#entries.get(id)?.length
    this.#entries.delete(id)
    return length
  }

  /** Those that may be removed without anything being lost. */
  removable(): string[] {
    const held = new Map<ClientSession, ReadonlySet<string | undefined> | undefined>()
    return [...this.#entries].flatMap(([id, { holder }]) => {
      if (!holder) return id
      if (!held.has(holder)) held.set(holder, idsIn(holder))
      return held.get(holder)?.has(id) ? [] : id
    })
  }
}

/** What is in the queue of a session, until that is empty or has gone elsewhere. */
function idsIn({ management }: ClientSession): ReadonlySet<string | undefined> | undefined {
  return !management || management.isLeft ? undefined : new Set(management.unacknowledged().map(({ id }) => id))
}
