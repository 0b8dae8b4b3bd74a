import type { Jid } from '@parlour/jid'
import type {
  ClientSession,
  DeliveryEvent,
  FormerDelivery,
  ModuleHost,
  OfflineEvent,
  StanzaEvent,
  StanzaWrites,
} from '@parlour/server-core'
import { type Message, type Stanza, StanzaError } from '@parlour/stanza'
import type { ArchiveEntry } from '@parlour/storage'
import { parseXml } from '@parlour/xml'
import { delayElement, withoutDelaysBy } from '../delay/wire.ts'
import { discardKept, type KeptElsewhere } from './discarding.ts'
import { Mailbox, type MailboxLimits, sizeOf } from './mailbox.ts'
import { readStored, STORED_LIMITS } from './stored-text.ts'
import { offlineTreatment } from './wire.ts'

/** Accounts of which the use of storage is remembered. */
const REMEMBERED_MAILBOXES = 10_000
/** What the client may leave untaken, in bytes or UTF-16 units, before the next message is for it. */
const MAX_UNSENT_BYTES = 262_144
/** Milliseconds between two looks at whether the client has taken what was written. */
const SHORTEST_WAIT = 2
const LONGEST_WAIT = 1000

type MailboxHost = ModuleHost<MailboxLimits>

/**
 * Keeps messages for who is offline and hands them out, each once and in order. What arrives meanwhile for the session
 * that is getting them goes behind them, by way of the storage, so that it too is safe before it is acknowledged.
 * A message moves at once to a session that keeps what is not acknowledged (XEP-0198). For others it is removed only when it
 * has been written to the stream: a crash in between repeats messages and loses none.
 */
export class OfflineMessages {
  readonly #host: MailboxHost
  readonly #mailboxes = new Map<string, Mailbox>()
  /** How many sessions are getting messages: while there are none, what arrives costs nothing. */
  #deliveries = 0
  /** Messages that are stored for a session, though they are on their way to others also. */
  readonly #stored = new WeakMap<Stanza, ClientSession>()
  readonly #sleepers = new Set<() => void>()
  #isClosed = false

  constructor(host: MailboxHost) {
    this.#host = host
  }

  /** Hook `offline`: durable before the stanza is acknowledged. */
  store(event: OfflineEvent): 'handled' | undefined | Promise<'handled' | undefined> {
    const { stanza, account } = event
    if (stanza.kind !== 'message') return undefined
    if (this.#stored.has(stanza)) return 'handled'
    const treatment = offlineTreatment(stanza)
    if (treatment === 'store') {
      const kept = this.#keep(stanza, this.#mailbox(account.toString()), event, event.former)
      return kept instanceof Promise ? kept.then(verdict) : verdict(kept)
    }
    return treatment === 'drop' ? 'handled' : undefined
  }

  /** Hook `archive`: puts what arrives during a delivery behind what is being delivered. */
  readonly queue = (event: StanzaEvent): undefined | Promise<undefined | StanzaError> => {
    const { stanza } = event
    if (this.#deliveries === 0 || stanza.kind !== 'message' || !stanza.to) return undefined
    const mailbox = this.#mailboxes.get(stanza.to.bare.toString())
    if (!mailbox?.waitingReceiver || !this.#isFor(stanza, mailbox.waitingReceiver)) return undefined
    return offlineTreatment(stanza) === 'store' ? this.#putBehind(stanza, mailbox, event) : undefined
  }

  /** Hook `deliver`: the session gets from storage what was put there for it, or for one that went meanwhile. */
  readonly withhold = (event: DeliveryEvent): 'handled' | undefined => {
    if (event.isStored) return undefined
    const { session } = event
    const receiver = this.#stored.get(event.stanza)
    if (!receiver) return undefined
    const present = this.#canReceive(receiver) ? receiver : this.#receiverOf(session.jid)
    return present === session ? 'handled' : undefined
  }

  /** A session is over: what it was getting is for another one, at once. */
  gone(session: ClientSession): void {
    if (this.#mailboxes.get(session.account)?.receiver === session) this.#wake()
  }

  /** Begins to hand out what is stored to a session that has become available, unless another one is getting it. */
  deliverTo(session: ClientSession): void {
    const mailbox = this.#mailbox(session.account)
    if (mailbox.receiver || mailbox.isEmpty || !this.#canReceive(session)) return
    mailbox.beginDelivery(session)
    this.#deliveries++
    const end = () => {
      this.#deliveries--
      mailbox.endDelivery()
    }
    this.#deliver(mailbox, session).then(
      (isFinished) => {
        end()
        // What was stored meanwhile, or what the session is not there to take, is for whoever is.
        if (!isFinished || mailbox.hasNews) this.#deliverToAny(mailbox)
      },
      (error: unknown) => {
        end()
        this.#host.log.error({ error }, 'offline messages could not be delivered; they stay stored')
      },
    )
  }

  /** Puts a message behind those that are stored, as it is; false when there is no room for it. */
  add(owner: string, text: string, cause: StanzaWrites): boolean | Promise<boolean> {
    return this.#mailbox(owner).append(text, cause)
  }

  /** {@link WaitingMessages.discard}; nothing while they are being handed out. What arrives meanwhile waits. */
  async discard(session: ClientSession, isKept: KeptElsewhere): Promise<void> {
    const mailbox = this.#mailbox(session.account)
    if (mailbox.receiver || mailbox.isEmpty) return
    mailbox.beginDelivery(session)
    this.#deliveries++
    try {
      await discardKept(mailbox, isKept, (text) => parseXml(text, STORED_LIMITS))
    } finally {
      this.#deliveries--
      mailbox.endDelivery()
      this.#deliverToAny(mailbox)
    }
  }

  forget(account: string): void {
    this.#mailboxes.delete(account)
  }

  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  #keep(message: Message, mailbox: Mailbox, cause: StanzaWrites, former?: FormerDelivery): boolean | Promise<boolean> {
    const { domain } = this.#host
    const element = withoutDelaysBy(message.element, domain)
    const delay = delayElement({ from: domain, stamp: former?.at ?? this.#host.now(), reason: 'Offline Storage' })
    const kept = mailbox.append(element.withChildren([...element.children, delay]).toString(), cause, former?.id)
    // A session may have become available since it was found out that there is none: what comes next must not overtake this.
    const told = (isKept: boolean): boolean => {
      if (isKept) this.#deliverToAny(mailbox)
      return isKept
    }
    return kept instanceof Promise ? kept.then(told) : told(kept)
  }

  /** What there is no room for is refused (XEP-0160 §2), as it was before the session came: it must not overtake. */
  async #putBehind(message: Message, mailbox: Mailbox, cause: StanzaWrites): Promise<undefined | StanzaError> {
    while (mailbox.gate) await mailbox.gate
    const receiver = mailbox.waitingReceiver
    // Once the delivery is over it comes last on its usual way.
    if (!receiver) return
    if (!(await this.#keep(message, mailbox, cause))) return new StanzaError('service-unavailable')
    this.#stored.set(message, receiver)
  }

  /** Whether routing would choose this session (RFC 6121 §8.5.2.1.1, §8.5.3.1, §8.5.3.2.1). */
  #isFor({ to }: Message, receiver: ClientSession): boolean {
    const sessions = this.#host.sessions(receiver.jid)
    const addressed = sessions.find(({ resource }) => resource === to?.resource)
    if (addressed) return addressed === receiver
    return sessions.every((other) => !other.available || other.priority <= receiver.priority)
  }

  /** False when the session went before it had everything. */
  async #deliver(mailbox: Mailbox, session: ClientSession): Promise<boolean> {
    let after: string | undefined
    while (this.#canReceive(session)) {
      mailbox.closeGate()
      await mailbox.settled()
      const { entries, complete } = await mailbox.read(after)
      if (complete && sizeOf(entries) <= MAX_UNSENT_BYTES) return this.#finish(mailbox, session, entries)
      const { written, isCut } = await this.#writeSlowly(mailbox, session, entries)
      await this.#removeWritten(mailbox, session, written)
      if (isCut) return false
      after = entries.at(-1)?.id ?? after
    }
    return false
  }

  /** The last page goes out at once, so that what waits behind it does not wait long. */
  async #finish(mailbox: Mailbox, session: ClientSession, entries: readonly ArchiveEntry[]): Promise<boolean> {
    if (!this.#canReceive(session)) return false
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
      if (!this.#canReceive(session)) return { written, isCut: true }
      if (this.#write(mailbox, session, entry) === 'written') written.push(entry)
    }
    return { written, isCut: false }
  }

  /** What cannot be read stays stored, and does not keep back what comes after it. */
  #write(mailbox: Mailbox, session: ClientSession, entry: ArchiveEntry): Fate {
    try {
      const stored = readStored(entry.value as string)
      if (!this.#host.handOver(stored, session, [mailbox.removal(entry)], entry)) return 'written'
      mailbox.moved(entry)
      return 'moved'
    } catch (error) {
      this.#host.log.error({ error, account: session.account, id: entry.id }, 'a stored message cannot be read')
      return 'unreadable'
    }
  }

  async #removeWritten(mailbox: Mailbox, session: ClientSession, entries: readonly ArchiveEntry[]): Promise<boolean> {
    if (entries.length === 0) return true
    if (!(await this.#drained(mailbox, session, 0))) return false
    await mailbox.remove(entries)
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

  #deliverToAny(mailbox: Mailbox): void {
    if (mailbox.receiver || mailbox.isEmpty) return
    const session = this.#receiverOf(mailbox.jid)
    if (session) this.deliverTo(session)
  }

  #receiverOf(account: Jid): ClientSession | undefined {
    return this.#host.sessions(account).find((each) => this.#canReceive(each))
  }

  #wake(): void {
    for (const wake of [...this.#sleepers]) wake()
  }

  #isOnline(session: ClientSession): boolean {
    return !this.#isClosed && this.#host.sessions(session.jid).includes(session)
  }

  #canReceive(session: ClientSession): boolean {
    return this.#isOnline(session) && session.available && session.priority >= 0
  }

  #mailbox(owner: string): Mailbox {
    const known = this.#mailboxes.get(owner)
    if (known) return known
    if (this.#mailboxes.size >= REMEMBERED_MAILBOXES) this.#makeRoom()
    const mailbox = new Mailbox(this.#host, owner)
    this.#mailboxes.set(owner, mailbox)
    return mailbox
  }

  #makeRoom(): void {
    for (const [owner, mailbox] of this.#mailboxes) {
      if (!mailbox.isIdle) continue
      this.#mailboxes.delete(owner)
      return
    }
  }
}

/** With XEP-0198: what is not acknowledged. */
const unsent = ({ management, stream }: ClientSession): number =>
  management?.unacknowledgedLength ?? stream.bufferedBytes

/** What became of a stored message: `moved`, it is another's to keep; `written`, it is to be removed once it has left. */
type Fate = 'moved' | 'written' | 'unreadable'

const verdict = (isKept: boolean): 'handled' | undefined => (isKept ? 'handled' : undefined)
