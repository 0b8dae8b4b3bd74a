import { type Jid, parseJid } from '@parlour/jid'
import type { ClientSession, ModuleHost, StanzaWrites } from '@parlour/server-core'
import type { ArchiveEntry, Write } from '@parlour/storage'

/** Where what is stored for accounts is. */
export const MAILBOX_ARCHIVE = 'messages'
/** Entries of a page: of a mailbox that is known to be small, all that there may be. */
const PAGE = 100
const LARGEST_PAGE = 1000
/** UTF-16 units of the stored texts up to which a mailbox is small. */
const SMALL = 1_048_576

/** How much is kept for one account. */
export interface MailboxLimits {
  readonly maxMessages: number
  /** Of the stored texts, in UTF-16 units. */
  readonly maxBytes: number
}

export interface MailboxPage {
  readonly entries: readonly ArchiveEntry[]
  readonly complete: boolean
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
  #gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined

  constructor(host: ModuleHost<MailboxLimits>, owner: string) {
    this.#host = host
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
    return this.#pending === 0 && this.#receiver === undefined
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
   * @throws StorageError
   */
  append(text: string, cause: StanzaWrites, id?: string): boolean | Promise<boolean> {
    if (this.#usage) return this.#add(this.#usage, text, cause, id)
    this.#pending++
    return this.#measure()
      .then((usage) => this.#add(usage, text, cause, id))
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
    return page
  }

  /** @throws StorageError */
  async remove(entries: readonly ArchiveEntry[]): Promise<void> {
    const ids = entries.map(({ id }) => id)
    if (ids.length > 0) await this.#host.commit([this.#host.archive.remove(MAILBOX_ARCHIVE, this.owner, ids)])
    if (!this.#usage) return
    this.#usage.messages -= entries.length
    this.#usage.bytes -= sizeOf(entries)
  }

  /** The write that takes an entry away, for who commits it; then {@link moved} is to be told. */
  removal({ id }: ArchiveEntry): Write {
    return this.#host.archive.remove(MAILBOX_ARCHIVE, this.owner, [id])
  }

  /** An entry was taken away. */
  moved(entry: ArchiveEntry): void {
    if (!this.#usage) return
    this.#usage.messages--
    this.#usage.bytes -= sizeOf([entry])
  }

  /** Everything that was read has been removed. */
  emptied(): void {
    if (!this.hasNews) this.#usage ??= { messages: 0, bytes: 0 }
  }

  #add(usage: { messages: number; bytes: number }, text: string, cause: StanzaWrites, id?: string): boolean {
    const { maxMessages, maxBytes } = this.#host.config
    if (usage.messages >= maxMessages || usage.bytes + text.length > maxBytes) return false
    usage.messages++
    usage.bytes += text.length
    this.#stored++
    this.#pending++
    cause.store(
      [this.#host.archive.append(MAILBOX_ARCHIVE, this.owner, text, id === undefined ? {} : { id })],
      (error) => {
        if (error !== undefined) {
          usage.messages--
          usage.bytes -= text.length
        }
        this.#settle()
      },
    )
    return true
  }

  get #pageSize(): number {
    return this.#usage && this.#usage.bytes <= SMALL ? LARGEST_PAGE : PAGE
  }

  #settle(): void {
    this.#pending--
    if (this.#pending === 0) for (const resolve of this.#waiters.splice(0)) resolve()
  }

  async #measure(): Promise<{ messages: number; bytes: number }> {
    const usage = { messages: 0, bytes: 0 }
    let page: MailboxPage | undefined
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
  let page: MailboxPage | undefined
  do {
    page = await host.archive.read(MAILBOX_ARCHIVE, owner, { after: page?.entries.at(-1)?.id, max: PAGE })
    for (const { value } of page.entries) yield value as string
  } while (!page.complete)
}

/** UTF-16 units of the stored texts. */
export function sizeOf(entries: readonly ArchiveEntry[]): number {
  return entries.reduce((sum, { value }) => sum + (value as string).length, 0)
}
