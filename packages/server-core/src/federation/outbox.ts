import { CLIENT_NAMESPACE, readStanza, type Stanza } from '@parlour/stanza'
import { type ArchiveEntry, MAX_PAGE, type Storage, type Write } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import { type Element, serialize } from '@parlour/xml'
import type { Logger } from '../logger.ts'
import type { StanzaWrites } from '../transaction.ts'
import { hasDelay, readText, withDelay } from '../written-stanza.ts'

/** By our domain; `with` is the other one. */
const ARCHIVE = 'federation'
const PAGE = 100
/** Milliseconds until a removal that failed is tried again. */
const RETRY_DELAY = 1_000
const CHAT_STATES_NAMESPACE = 'http://jabber.org/protocol/chatstates'
const HINTS_NAMESPACE = 'urn:xmpp:hints'
/** They change rosters, and nobody says them again (RFC 6121 §3). */
const SUBSCRIPTION: ReadonlySet<string> = new Set(['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'])

/** What the outbox needs of the kernel. */
export interface OutboxParts {
  readonly environment: Environment
  readonly storage: Storage
  readonly log: Logger
  /** Resolves when the writes are durable. A failure is logged. */
  commit(writes: readonly Write[]): Promise<void>
  /** The id of an entry of an archive that is made at `at`. */
  nextId(at: number): string
}

/** A stored stanza, and where it is. */
interface Kept {
  readonly id: string
  readonly local: string
  /** It is not known yet whether it is stored: until then it cannot be removed. */
  isPending?: boolean
  isOver?: boolean
}

/**
 * What is on its way to other servers, on disk: a stanza that was acknowledged to its sender is not lost when this server
 * is killed, but sent again once it is back. It leaves when the other server has confirmed it, or its sender was told that
 * it will not arrive. It is known by its text, which says from whom and to whom; of equal ones the oldest leaves first.
 */
export class Outbox {
  readonly #parts: OutboxParts
  /** The oldest of each text first. */
  readonly #kept = new Map<string, Kept[]>()
  /** To be removed. */
  #over: Kept[] = []
  #isDue = false
  #isClosed = false
  #cancelRetry: (() => void) | undefined
  /** Who waits until these are over. */
  #awaited: { readonly texts: Set<string>; readonly done: () => void } | undefined

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  /** Keeps a stanza that is written, or waits, as `text`: with the transaction of which it is a part. */
  keep(stanza: Stanza, text: string, transaction: StanzaWrites): void {
    if (!outlivesCrash(stanza) || !stanza.from || !stanza.to) return
    const at = this.#parts.environment.now()
    const id = this.#parts.nextId(at)
    const [local, remote] = [stanza.from.domain, stanza.to.domain]
    const kept: Kept = { id, local, isPending: true }
    const append: Write = { type: 'append', archive: ARCHIVE, owner: local, id, at, with: remote, value: text }
    transaction.store([append], (error) => {
      if (error === undefined) this.#settled(kept)
    })
    this.#note(text, kept)
  }

  /** Whether a text is kept. */
  has(text: string): boolean {
    return this.#kept.has(text)
  }

  /** The other server has these, or their senders know that it will not. */
  over(texts: readonly string[]): void {
    if (this.#kept.size === 0) return
    for (const text of texts) {
      const same = this.#kept.get(text)
      const first = same?.shift()
      if (!first) continue
      if (same?.length === 0) this.#kept.delete(text)
      first.isOver = true
      if (!first.isPending) this.#over.push(first)
      if (this.#awaited?.texts.delete(text) && this.#awaited.texts.size === 0) this.#awaited.done()
    }
    this.#removeSoon()
  }

  /** Resolves when none of these is kept any more, or so much time has passed. */
  untilOver(texts: readonly string[], milliseconds: number): Promise<void> {
    const kept = new Set(texts.filter((text) => this.#kept.has(text)))
    if (kept.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#parts.environment.setTimer(milliseconds, resolve)
      const done = () => {
        cancel()
        resolve()
      }
      this.#awaited = { texts: kept, done }
    })
  }

  /**
   * Gives what was kept when the server was last there to `send`, in order. What it has no room for stays on disk, and so does
   * what cannot be read. Never rejects.
   */
  async restore(locals: readonly string[], send: (stanza: Stanza, text: string) => boolean): Promise<void> {
    const { log } = this.#parts
    try {
      for (const local of locals) {
        if (await this.#restoreOne(local, send)) continue
        log.warn({ local }, 'too much waits for other servers: the rest is sent after another start')
        break
      }
    } catch (error) {
      log.error({ error }, 'what waited for other servers cannot be read')
    }
    this.#removeSoon()
  }

  /** Nothing is removed by itself any more. */
  close(): void {
    this.#remove()
    this.#isClosed = true
    this.#cancelRetry?.()
  }

  /** @returns whether there was room for all */
  async #restoreOne(local: string, send: (stanza: Stanza, text: string) => boolean): Promise<boolean> {
    let after: string | undefined
    for (let isComplete = false; !isComplete; ) {
      const page = await this.#parts.storage.readArchive(ARCHIVE, local, { after, max: PAGE })
      for (const entry of page.entries) if (!this.#sendAgain(entry, local, send)) return false
      after = page.entries.at(-1)?.id
      isComplete = page.complete
    }
    return true
  }

  #sendAgain({ id, at, value }: ArchiveEntry, local: string, send: (stanza: Stanza, text: string) => boolean): boolean {
    // Kept since the start: it is on its way.
    if (this.#kept.get(value as string)?.some((kept) => kept.id === id)) return true
    try {
      const stanza = readStanza(delayed(readText(value as string), local, at))
      const text = serialize(stanza.element, CLIENT_NAMESPACE)
      if (!send(stanza, text)) return false
      this.#note(text, { id, local })
    } catch (error) {
      this.#parts.log.warn({ id, local, error }, 'a stanza to another server cannot be read, and is not sent again')
      this.#over.push({ id, local })
    }
    return true
  }

  /** The other server may be quicker than the disk. */
  #settled(kept: Kept): void {
    kept.isPending = false
    if (!kept.isOver) return
    this.#over.push(kept)
    this.#removeSoon()
  }

  #note(text: string, kept: Kept): void {
    const same = this.#kept.get(text)
    if (same) same.push(kept)
    else this.#kept.set(text, [kept])
  }

  /** What is over in one turn is removed in one commit. */
  #removeSoon(): void {
    if (this.#isDue || this.#over.length === 0 || this.#isClosed) return
    this.#isDue = true
    void Promise.resolve().then(() => {
      this.#isDue = false
      this.#remove()
    })
  }

  #remove(): void {
    const over = this.#over
    if (over.length === 0) return
    this.#over = []
    const ids = new Map<string, string[]>()
    for (const { local, id } of over) {
      const some = ids.get(local)
      if (some) some.push(id)
      else ids.set(local, [id])
    }
    const writes: Write[] = []
    for (const [owner, all] of ids)
      for (let from = 0; from < all.length; from += MAX_PAGE)
        writes.push({ type: 'remove', archive: ARCHIVE, owner, ids: all.slice(from, from + MAX_PAGE) })
    this.#parts.commit(writes).catch(() => this.#tryAgain(over)) // logged by who commits
  }

  #tryAgain(failed: Kept[]): void {
    this.#over = failed.concat(this.#over)
    if (this.#isClosed) return
    this.#cancelRetry ??= this.#parts.environment.setTimer(RETRY_DELAY, () => {
      this.#cancelRetry = undefined
      this.#removeSoon()
    })
  }
}

/** Messages, but for errors, for what says only that somebody is typing, and for what nobody may store (XEP-0334 §4.3). */
function outlivesCrash(stanza: Stanza): boolean {
  if (stanza.kind === 'presence') return SUBSCRIPTION.has(stanza.type ?? '')
  if (stanza.kind === 'iq' || stanza.type === 'error') return false
  const children = stanza.element.elements()
  return (
    children.some(({ namespace }) => namespace !== CHAT_STATES_NAMESPACE) &&
    !children.some((child) => child.is('no-store', HINTS_NAMESPACE))
  )
}

/** Since when it is on its way, where nobody has told that yet. */
function delayed(element: Element, from: string, at: number): Element {
  return element.is('presence') || hasDelay(element) ? element : withDelay(element, from, at)
}
