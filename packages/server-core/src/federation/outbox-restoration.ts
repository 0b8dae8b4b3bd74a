import { CLIENT_NAMESPACE, readStanza, type Stanza } from '@parlour/stanza'
import type { ArchiveEntry } from '@parlour/storage'
import { type Element, serialize } from '@parlour/xml'
import { hasDelay, readText, withDelay } from '../written-stanza.ts'
import { type Kept, OUTBOX_ARCHIVE, type OutboxParts } from './outbox-parts.ts'

const PAGE = 100
/** Milliseconds until it goes on where there was no room, or nothing could be read. */
const PAUSE = 10_000

/** Sends a stanza again, as its `text`; false when there is no room for it. */
export type SendAgain = (stanza: Stanza, text: string) => boolean

/** Who keeps what is sent again. */
export interface RestorationOwner {
  /** A page is about to be read: what leaves until {@link endReading} is remembered. */
  beginReading(): void
  endReading(): void
  /** It was kept in this life, and is on its way or over. */
  isOwn(entry: ArchiveEntry): boolean
  noted(kept: Kept): void
  withdraw(kept: Kept): void
  /** It is of no use to anybody. */
  damaged(kept: Kept): void
}

/** A domain of ours, and how far what it has kept was read. */
interface Unread {
  readonly local: string
  readonly send: SendAgain
  after?: string | undefined
}

/** Sends again, in order, what was kept when the server was last there: at once as far as there is room, the rest later. */
export class OutboxRestoration {
  readonly #parts: OutboxParts
  readonly #owner: RestorationOwner
  /** The first one is being read. */
  readonly #domains: Unread[] = []
  #isRunning = false
  #isDelayed = false
  #isEnded = false
  #cancel: (() => void) | undefined

  constructor(parts: OutboxParts, owner: RestorationOwner) {
    this.#parts = parts
    this.#owner = owner
  }

  /** Resolves when as much was sent as there is room for, and when nothing can be read. Never rejects. */
  restore(locals: readonly string[], send: SendAgain): Promise<void> {
    for (const local of locals) this.#domains.push({ local, send })
    return this.#isRunning || this.#cancel ? Promise.resolve() : this.#run()
  }

  /** What was not sent again stays where it is. */
  end(): void {
    this.#isEnded = true
    this.#cancel?.()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    try {
      for (let first = this.#domains[0]; first && !this.#isEnded; first = this.#domains[0])
        if (!(await this.#page(first))) {
          this.#pause(
            'warn',
            { local: first.local },
            'too much waits for other servers: the rest is sent when there is room',
          )
          break
        }
    } catch (error) {
      this.#pause('error', { error }, 'what waited for other servers cannot be read')
    }
    this.#isRunning = false
  }

  /** The reason is told once. */
  #pause(level: 'warn' | 'error', fields: Readonly<Record<string, unknown>>, reason: string): void {
    if (this.#isEnded) return
    if (!this.#isDelayed) this.#parts.log[level](fields, reason)
    this.#isDelayed = true
    this.#cancel = this.#parts.environment.setTimer(PAUSE, () => {
      this.#cancel = undefined
      void this.#run()
    })
  }

  /** @returns whether there was room for all of the page */
  async #page(domain: Unread): Promise<boolean> {
    const { local, send, after } = domain
    this.#owner.beginReading()
    try {
      const { entries, complete } = await this.#parts.storage.readArchive(OUTBOX_ARCHIVE, local, { after, max: PAGE })
      for (const entry of entries) {
        if (this.#isEnded) return true
        if (!this.#sendAgain(entry, local, send)) return false
        domain.after = entry.id
      }
      if (complete) this.#domains.shift()
      return true
    } finally {
      this.#owner.endReading()
    }
  }

  #sendAgain(entry: ArchiveEntry, local: string, send: SendAgain): boolean {
    const { id, at, value } = entry
    if (this.#owner.isOwn(entry)) return true
    try {
      const stanza = readStanza(delayed(readText(value as string), local, at))
      const kept = { id, local, at, text: serialize(stanza.element, CLIENT_NAMESPACE) }
      this.#owner.noted(kept)
      if (send(stanza, kept.text)) return true
      this.#owner.withdraw(kept)
      return false
    } catch (error) {
      this.#parts.log.warn({ id, local, error }, 'a stanza to another server cannot be read, and is not sent again')
      this.#owner.damaged({ id, local, at, text: '' })
      return true
    }
  }
}

/** Since when it is on its way, where nobody has told that yet. */
function delayed(element: Element, from: string, at: number): Element {
  return element.is('presence') || hasDelay(element) ? element : withDelay(element, from, at)
}
