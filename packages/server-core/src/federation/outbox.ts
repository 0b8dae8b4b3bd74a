import type { Stanza } from '@parlour/stanza'
import { type ArchiveEntry, MAX_PAGE, StorageError, type Write } from '@parlour/storage'
import type { StanzaWrites } from '../transaction.ts'
import { type Kept, OUTBOX_ARCHIVE, type OutboxParts } from './outbox-parts.ts'
import { OutboxRestoration, type SendAgain } from './outbox-restoration.ts'
import { UnservedDomains } from './unserved-domains.ts'

/** Milliseconds until a removal that failed is tried again. */
const RETRY_DELAY = 1_000
const CHAT_STATES_NAMESPACE = 'http://jabber.org/protocol/chatstates'
const HINTS_NAMESPACE = 'urn:xmpp:hints'
/** They change rosters, and nobody says them again (RFC 6121 §3). */
const SUBSCRIPTION: ReadonlySet<string> = new Set(['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'])

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
  /** Ids of those that have left since a page is being read. */
  #left: Set<string> | undefined
  readonly #restoration: OutboxRestoration
  readonly #unserved: UnservedDomains

  constructor(parts: OutboxParts) {
    this.#parts = parts
    this.#unserved = new UnservedDomains(parts)
    this.#restoration = new OutboxRestoration(parts, {
      beginReading: () => {
        this.#left = new Set(this.#over.map(({ id }) => id))
      },
      endReading: () => {
        this.#left = undefined
      },
      isOwn: (entry) => this.#isOwn(entry),
      noted: (kept) => this.#note(kept),
      withdraw: (kept) => this.withdraw(kept),
      damaged: (kept) => {
        this.#over.push(kept)
        this.#removeSoon()
      },
    })
  }

  /**
   * Notes a stanza that is about to be written, or to wait, as `text`: so that it is known here when it is confirmed, however
   * soon. {@link store} or {@link withdraw} follows, in the same turn. @returns nothing where it need not outlive a crash
   */
  note(stanza: Stanza, text: string): Kept | undefined {
    if (!outlivesCrash(stanza) || !stanza.from || !stanza.to) return undefined
    const at = this.#parts.environment.now()
    const kept: Kept = { id: this.#parts.nextId(at), local: stanza.from.domain, at, text, isPending: true }
    this.#note(kept)
    return kept
  }

  /** It is under way: it is stored with the transaction of which it is a part, unless it is over already. */
  store(kept: Kept, { to }: Stanza, transaction: StanzaWrites): void {
    if (kept.isOver) return
    const { id, local, at, text } = kept
    const entry = { archive: OUTBOX_ARCHIVE, owner: local, id, at, with: to?.domain, value: text }
    transaction.store([{ type: 'append', ...entry }], (error) => {
      if (error === undefined || mayBeStored(error)) this.#settled(kept)
    })
  }

  /** It is not under way after all. */
  withdraw(kept: Kept): void {
    const same = this.#kept.get(kept.text)
    const at = same?.lastIndexOf(kept) ?? -1
    if (at === -1) return
    same?.splice(at, 1)
    if (same?.length === 0) this.#kept.delete(kept.text)
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
      this.#left?.add(first.id)
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
   * Gives what was kept when the server was last there to `send`, in order; what there is no room for, or what cannot be read
   * yet, later. Resolves when the first of it is under way. Never rejects.
   */
  restore(locals: readonly string[], send: SendAgain): Promise<void> {
    this.#unserved.begin()
    return this.#restoration.restore(locals, send)
  }

  /** Nothing more is sent again. */
  stopping(): void {
    this.#restoration.end()
    this.#unserved.end()
  }

  /** Nothing is removed by itself any more. */
  close(): void {
    this.#remove()
    this.#isClosed = true
    this.#cancelRetry?.()
  }

  #isOwn({ id, value }: ArchiveEntry): boolean {
    return this.#left?.has(id) || this.#kept.get(value as string)?.some((kept) => kept.id === id) === true
  }

  /** The other server may be quicker than the disk. */
  #settled(kept: Kept): void {
    kept.isPending = false
    if (!kept.isOver) return
    this.#over.push(kept)
    this.#removeSoon()
  }

  #note(kept: Kept): void {
    const same = this.#kept.get(kept.text)
    if (same) same.push(kept)
    else this.#kept.set(kept.text, [kept])
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
        writes.push({ type: 'remove', archive: OUTBOX_ARCHIVE, owner, ids: all.slice(from, from + MAX_PAGE) })
    this.#parts.commit(writes).catch(() => this.#tryAgain(over)) // logged by who commits
  }

  #tryAgain(failed: Kept[]): void {
    this.#over = failed.concat(this.#over)
    if (this.#left) for (const { id } of failed) this.#left.add(id)
    if (this.#isClosed) return
    this.#cancelRetry ??= this.#parts.environment.setTimer(RETRY_DELAY, () => {
      this.#cancelRetry = undefined
      this.#removeSoon()
    })
  }
}

/** Its sender was told that it was not; nobody must send it again all the same. */
const mayBeStored = (error: unknown): boolean => error instanceof StorageError && error.code === 'unavailable'

/** Messages, but for errors, for what says only that somebody is typing, and for what nobody may store (XEP-0334 §4.3). */
export function outlivesCrash(stanza: Stanza): boolean {
  if (stanza.kind === 'presence') return SUBSCRIPTION.has(stanza.type ?? '')
  if (stanza.kind === 'iq' || stanza.type === 'error') return false
  const children = stanza.element.elements()
  return (
    children.some(({ namespace }) => namespace !== CHAT_STATES_NAMESPACE) &&
    !children.some((child) => child.is('no-store', HINTS_NAMESPACE))
  )
}
