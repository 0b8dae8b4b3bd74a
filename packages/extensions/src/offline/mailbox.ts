import { type Jid, parseJid } from '@parlour/jid'
import type { ClientSession, KeptCopy, ModuleHost, StanzaWrites } from '@parlour/server-core'
import type { ArchiveEntry, ArchivePage, Write } from '@parlour/storage'
import { Unremoved } from './unremoved.ts'

/** Where what is stored for accounts is. */
export const MAILBOX_ARCHIVE = 'messages'
/** Entries of a page: of a mailbox that is known to be small, all that there may be. */
const PAGE = 100
const LARGEST_PAGE = 1000
/** UTF-16 units of the stored texts up to which a mailbox is small. */
const SMALL = 1_048_576

/** How much is kept for one account; `maxBytes`: UTF-16 units of the stored texts. */
export interface MailboxLimits {
  readonly maxMessages: number
  readonly maxBytes: number
}

export interface MailboxPage {
  readonly entries: readonly ArchiveEntry[]
  readonly complete: boolean
  /** The id behind which the next page begins. */
  readonly last: string | undefined
}

/** A message that is stored for a session that is getting what was stored before; other sessions get it at once. */
export interface KeptFor {
  readonly receiver: ClientSession
  readonly kept: KeptCopy
}

/** What is stored for one account, and what is going on with it. */
export class Mailbox {
  readonly owner: string
  readonly jid: Jid
  #receiver: ClientSession | undefined
  #isCaughtUp = false
  /** Counts what was stored since the start. */
  #stored = 0
  /** {@link #stored} when the last page was read to the end; -1 while there may be more. */
  #storedAtEnd = -1
  readonly #host: ModuleHost<MailboxLimits>
  /** Unknown until somebody asks. */
  #usage: { messages: number; bytes: number } | undefined
  #pending = 0
  readonly #waiters: (() => void)[] = []
  /** By id of the entry. */
  readonly #copies = new Map<string, KeptFor>()
  readonly #unremoved = new Unremoved()
  readonly #removeLater: (mailbox: Mailbox, error: unknown) => void
  #gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined

  /** @param removeLater is to call {@link removeAgain} until that is done */
  constructor(host: ModuleHost<MailboxLimits>, owner: string, removeLater: (mailbox: Mailbox, error: unknown) => void) {
    this.#host = host
    this.#removeLater = removeLater
    this.owner = owner
    this.jid = parseJid(owner)
  }

  /** The session that is getting what is stored. */
  get receiver(): ClientSession | undefined {
    return this.#receiver
  }

  /** The session that has to get what is stored before anything else. */
  get waitingReceiver(): ClientSession | undefined {
    return this.#isCaughtUp ? undefined : this.#receiver
  }

  /** Nobody is using it: it can be forgotten. */
  get isIdle(): boolean {
    const isUnused = this.#pending === 0 && this.#receiver === undefined
    return isUnused && this.#copies.size === 0 && this.#unremoved.size === 0
  }

  /** Something was stored after the last page was read to the end. */
  get hasNews(): boolean {
    return this.#storedAtEnd !== this.#stored
  }

  /** Known to hold nothing. */
  get isEmpty(): boolean {
    return this.#pending === 0 && this.#usage?.messages === 0
  }

  /** Set while what arrives has to wait until it is known whether there is something before it. */
  get gate(): Promise<void> | undefined {
    return this.#gate?.opened
  }

  beginDelivery(receiver: ClientSession): void {
    this.#receiver = receiver
    this.#isCaughtUp = false
    this.closeGate()
  }

  /** All that is stored has been written: what arrives may go its usual way. */
  catchUp(): void {
    this.#isCaughtUp = true
    this.openGate()
  }

  endDelivery(): void {
    this.#receiver = undefined
    this.openGate()
  }

  closeGate(): void {
    if (this.#gate) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#gate = { opened: promise, open: resolve }
  }

  openGate(): void {
    this.#gate?.open()
    this.#gate = undefined
  }

  /**
   * Stores a text with what else its stanza stores; false when there is no room for it.
   *
   * @param id of the entry, where the text belongs before what was stored since
   * @param copy where others get it at once
   * @throws StorageError
   */
  append(text: string, cause: StanzaWrites, id?: string, copy?: KeptFor): boolean | Promise<boolean> {
    if (this.#usage) return this.#add(this.#usage, text, cause, id, copy)
    this.#pending++
    return this.#measure()
      .then((usage) => this.#add(usage, text, cause, id, copy))
      .finally(() => this.#settle())
  }

  /** Resolves when nothing is being stored. */
  settled(): Promise<void> | undefined {
    return this.#pending === 0 ? undefined : new Promise((resolve) => this.#waiters.push(resolve))
  }

  /** What was stored behind `after`, a page at a time. */
  async read(after: string | undefined): Promise<MailboxPage> {
    const stored = this.#stored
    const page = await this.#host.archive.read(MAILBOX_ARCHIVE, this.owner, { after, max: this.#pageSize })
    this.#storedAtEnd = page.complete ? stored : -1
    const { entries, complete } = page
    const left = this.#unremoved.size === 0 ? entries : entries.filter(({ id }) => !this.#unremoved.has(id))
    return { entries: left, complete, last: entries.at(-1)?.id }
  }

  /** Of an entry that others have got at once. */
  copyOf({ id }: ArchiveEntry): KeptFor | undefined {
    return this.#copies.size === 0 ? undefined : this.#copies.get(id)
  }

  /** @throws StorageError */
  async remove(entries: readonly ArchiveEntry[]): Promise<void> {
    const ids = entries.map(({ id }) => id)
    if (ids.length > 0) await this.#host.commit([this.#host.archive.remove(MAILBOX_ARCHIVE, this.owner, ids)])
    for (const entry of entries) this.moved(entry)
  }

  /** As {@link remove}; what cannot be removed now is nobody else's, and is removed later. */
  async removeHandedOut(entries: readonly ArchiveEntry[]): Promise<void> {
    try {
      await this.remove(entries)
    } catch (error) {
      for (const entry of entries) this.#unremoved.add(entry)
      this.#removeLater(this, error)
    }
  }

  /** Something was handed out, and could not be removed. */
  get hasUnremoved(): boolean {
    return this.#unremoved.size > 0
  }

  /** Removes what could not be removed, unless it is elsewhere in memory only. */
  async removeAgain(): Promise<void> {
    const ids = this.#unremoved.removable()
    try {
      if (ids.length > 0) await this.#host.commit([this.#host.archive.remove(MAILBOX_ARCHIVE, this.owner, ids)])
      for (const id of ids) this.#given(id)
    } catch (error) {
      this.#host.log.debug({ error, account: this.owner }, 'offline messages still cannot be removed')
    }
  }

  /** The write that takes an entry away, for who commits it; then {@link moved} is to be told. */
  removal({ id }: ArchiveEntry): Write {
    return this.#removalOf(id)
  }

  /** An entry was taken away. */
  moved({ id, value }: ArchiveEntry): void {
    this.#copies.delete(id)
    this.#count(-1, (value as string).length)
  }

  /** An entry that {@link moved} is there still: the session has it in memory only. */
  notMoved(entry: ArchiveEntry, session: ClientSession, error: unknown): void {
    this.#count(1, sizeOf([entry]))
    this.#unremoved.add(entry, session)
    this.#removeLater(this, error)
  }

  /** Everything that was read has been removed. */
  emptied(): void {
    if (this.hasNews || this.#unremoved.size > 0) return
    this.#usage ??= { messages: 0, bytes: 0 }
    // What a retraction has made shorter was counted as long as it was.
    this.#usage.messages = this.#usage.bytes = 0
  }

  #count(messages: 1 | -1, length: number): void {
    if (!this.#usage) return
    this.#usage.messages += messages
    this.#usage.bytes += messages * length
  }

  /** An entry that could not be removed is removed, or is to be replaced by what comes back. @returns whether it was one */
  #given(id: string): boolean {
    const length = this.#unremoved.take(id)
    this.#copies.delete(id)
    if (length !== undefined) this.#count(-1, length)
    return length !== undefined
  }

  #add(
    usage: { messages: number; bytes: number },
    text: string,
    cause: StanzaWrites,
    former: string | undefined,
    copy: KeptFor | undefined,
  ): boolean {
    // It comes back to where it still is.
    const removal = former !== undefined && this.#given(former) ? [this.#removalOf(former)] : []
    const { maxMessages, maxBytes } = this.#host.config
    if (usage.messages >= maxMessages || usage.bytes + text.length > maxBytes) return false
    usage.messages++
    usage.bytes += text.length
    this.#stored++
    this.#pending++
    const id = former ?? this.#host.archive.nextId()
    if (copy) this.#copies.set(id, copy)
    cause.store([...removal, this.#host.archive.append(MAILBOX_ARCHIVE, this.owner, text, { id })], (error) => {
      if (error !== undefined) {
        usage.messages--
        usage.bytes -= text.length
        this.#copies.delete(id)
      }
      this.#settle()
    })
    return true
  }

  get #pageSize(): number {
    return this.#usage && this.#usage.bytes <= SMALL ? LARGEST_PAGE : PAGE
  }

  #removalOf(id: string): Write {
    return this.#host.archive.remove(MAILBOX_ARCHIVE, this.owner, [id])
  }

  #settle(): void {
    this.#pending--
    if (this.#pending === 0) for (const resolve of this.#waiters.splice(0)) resolve()
  }

  async #measure(): Promise<{ messages: number; bytes: number }> {
    const usage = { messages: 0, bytes: 0 }
    let page: ArchivePage | undefined
    do {
      page = await this.#host.archive.read(MAILBOX_ARCHIVE, this.owner, { after: page?.entries.at(-1)?.id, max: PAGE })
      usage.messages += page.entries.length
      usage.bytes += sizeOf(page.entries)
    } while (!page.complete)
    this.#usage ??= usage
    return this.#usage
  }
}

/** Makes the archive known to the host, which then removes it with the account, also when nothing was stored since the start. */
export function declareMailboxes(host: ModuleHost<MailboxLimits>): void {
  host.archive.remove(MAILBOX_ARCHIVE, host.domain, [])
}

/** What is stored for an account, the oldest first. */
export async function* readMailbox(host: ModuleHost<MailboxLimits>, owner: string): AsyncGenerator<string> {
  let page: ArchivePage | undefined
  do {
    page = await host.archive.read(MAILBOX_ARCHIVE, owner, { after: page?.entries.at(-1)?.id, max: PAGE })
    for (const { value } of page.entries) yield value as string
  } while (!page.complete)
}

/** UTF-16 units of the stored texts. */
export function sizeOf(entries: readonly ArchiveEntry[]): number {
  return entries.reduce((sum, { value }) => sum + (value as string).length, 0)
}
