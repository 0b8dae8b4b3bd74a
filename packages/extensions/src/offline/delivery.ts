import type { ClientSession, FormerDelivery, ModuleHost } from '@parlour/server-core'
import type { ArchiveEntry } from '@parlour/storage'
import { type Mailbox, type MailboxLimits, sizeOf } from './mailbox.ts'
import { readStored } from './stored-text.ts'

/** What the client may leave untaken, in bytes or UTF-16 units, before the next message is for it. */
const MAX_UNSENT_BYTES = 262_144
/** Milliseconds between two looks at whether the client has taken what was written. */
const SHORTEST_WAIT = 2
const LONGEST_WAIT = 1000

/** What became of a stored message: `moved`, it is another's to keep; `written`, it is to be removed once it has left. */
type Fate = 'moved' | 'written' | 'unreadable'

/** Hands what is stored out to sessions, each message once and in order. */
export class Delivery {
  readonly #host: ModuleHost<MailboxLimits>
  readonly #sleepers = new Set<() => void>()
  #isClosed = false

  constructor(host: ModuleHost<MailboxLimits>) {
    this.#host = host
  }

  /** False when the session went before it had everything. */
  async run(mailbox: Mailbox, session: ClientSession): Promise<boolean> {
    let after: string | undefined
    while (this.canReceive(session)) {
      mailbox.closeGate()
      await mailbox.settled()
      const { entries, complete, last } = await mailbox.read(after)
      if (complete && sizeOf(entries) <= MAX_UNSENT_BYTES) return this.#finish(mailbox, session, entries)
      const { written, isCut } = await this.#writeSlowly(mailbox, session, entries)
      await this.#removeWritten(mailbox, session, written)
      if (isCut) return false
      after = last ?? after
    }
    return false
  }

  canReceive(session: ClientSession): boolean {
    return this.#isOnline(session) && session.available && session.priority >= 0
  }

  /** Looks at once whether those that it waits for are still there. */
  wake(): void {
    for (const wake of [...this.#sleepers]) wake()
  }

  close(): void {
    this.#isClosed = true
    this.wake()
  }

  /** The last page goes out at once, so that what waits behind it does not wait long. */
  async #finish(mailbox: Mailbox, session: ClientSession, entries: readonly ArchiveEntry[]): Promise<boolean> {
    if (!this.canReceive(session)) return false
    const fates = entries.map((entry) => this.#write(mailbox, session, entry))
    mailbox.catchUp()
    const written = entries.filter((_, index) => fates[index] === 'written')
    const isRemoved = await this.#removeWritten(mailbox, session, written)
    if (isRemoved && !fates.includes('unreadable')) mailbox.emptied()
    return isRemoved
  }

  /** `isCut`: the session could not take all of them. */
  async #writeSlowly(
    mailbox: Mailbox,
    session: ClientSession,
    entries: readonly ArchiveEntry[],
  ): Promise<{ written: readonly ArchiveEntry[]; isCut: boolean }> {
    const written: ArchiveEntry[] = []
    for (const entry of entries) {
      if (unsent(session) > MAX_UNSENT_BYTES) await this.#drained(mailbox, session, MAX_UNSENT_BYTES)
      if (!this.canReceive(session)) return { written, isCut: true }
      if (this.#write(mailbox, session, entry) === 'written') written.push(entry)
    }
    return { written, isCut: false }
  }

  /** What cannot be read stays stored, and does not keep back what comes after it. */
  #write(mailbox: Mailbox, session: ClientSession, entry: ArchiveEntry): Fate {
    try {
      const copy = mailbox.copyOf(entry)
      if (copy && copy.receiver !== session && copy.kept.isElsewhere) {
        // The session that it waited for has gone, and all others that it was for have got it.
        copy.kept.end()
        return 'written'
      }
      const former = copy && session.management ? { id: entry.id, at: entry.at, copy: copy.kept } : entry
      return this.#handOver(mailbox, session, entry, former) ? 'moved' : 'written'
    } catch (error) {
      this.#host.log.error({ error, account: session.account, id: entry.id }, 'a stored message cannot be read')
      return 'unreadable'
    }
  }

  #handOver(mailbox: Mailbox, session: ClientSession, entry: ArchiveEntry, former: FormerDelivery): boolean {
    const settled = (error?: unknown): void => {
      if (error !== undefined) mailbox.notMoved(entry, session, error)
    }
    const stored = readStored(entry.value as string)
    const isMoved = this.#host.handOver(stored, session, [mailbox.removal(entry)], former, settled)
    if (isMoved) mailbox.moved(entry)
    return isMoved
  }

  async #removeWritten(mailbox: Mailbox, session: ClientSession, entries: readonly ArchiveEntry[]): Promise<boolean> {
    if (entries.length === 0) return true
    if (!(await this.#drained(mailbox, session, 0))) return false
    await mailbox.removeHandedOut(entries)
    return true
  }

  /** Waits until so little waits to be taken; false when the session is gone before. What arrives meanwhile need not wait. */
  async #drained(mailbox: Mailbox, session: ClientSession, length: number): Promise<boolean> {
    mailbox.openGate()
    for (let wait = SHORTEST_WAIT; this.#isOnline(session); wait = Math.min(2 * wait, LONGEST_WAIT)) {
      if (unsent(session) <= length) return true
      await this.#sleep(wait)
    }
    return false
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(wake)
        cancel()
        resolve()
      }
      const cancel = this.#host.setTimer(ms, wake)
      this.#sleepers.add(wake)
    })
  }

  #isOnline(session: ClientSession): boolean {
    return !this.#isClosed && this.#host.sessions(session.jid).includes(session)
  }
}

/** With XEP-0198: what is not acknowledged. */
const unsent = ({ management, stream }: ClientSession): number =>
  management?.unacknowledgedLength ?? stream.bufferedBytes
