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
import { parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'
import { delayElement, withoutDelaysBy } from '../delay/wire.ts'
import { Delivery } from './delivery.ts'
import { discardKept, type KeptElsewhere } from './discarding.ts'
import { type KeptFor, Mailbox, type MailboxLimits } from './mailbox.ts'
import { Removals } from './removals.ts'
import { offlineTreatment } from './wire.ts'

/** Accounts of which the use of storage is remembered. */
const REMEMBERED_MAILBOXES = 10_000
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
  readonly #delivery: Delivery
  readonly #removals: Removals

  constructor(host: MailboxHost) {
    this.#host = host
    this.#delivery = new Delivery(host)
    this.#removals = new Removals(host)
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
    const present = this.#delivery.canReceive(receiver) ? receiver : this.#receiverOf(session.jid)
    return present === session ? 'handled' : undefined
  }

  /** A session is over: what it was getting is for another one, at once. */
  gone(session: ClientSession): void {
    if (this.#mailboxes.get(session.account)?.receiver === session) this.#delivery.wake()
  }

  /** Begins to hand out what is stored to a session that has become available, unless another one is getting it. */
  deliverTo(session: ClientSession): void {
    const mailbox = this.#mailbox(session.account)
    if (mailbox.receiver || mailbox.isEmpty || !this.#delivery.canReceive(session)) return
    mailbox.beginDelivery(session)
    this.#deliveries++
    const end = () => {
      this.#deliveries--
      mailbox.endDelivery()
    }
    this.#delivery.run(mailbox, session).then(
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
      await discardKept(mailbox, isKept, (text) => parseXml(text, WRITTEN_PARSER_LIMITS))
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
    this.#delivery.close()
    this.#removals.close()
  }

  #keep(
    message: Message,
    mailbox: Mailbox,
    cause: StanzaWrites,
    former?: FormerDelivery,
    copy?: KeptFor,
  ): boolean | Promise<boolean> {
    const { domain } = this.#host
    const element = withoutDelaysBy(message.element, domain)
    const delay = delayElement({ from: domain, stamp: former?.at ?? this.#host.now(), reason: 'Offline Storage' })
    const kept = mailbox.append(element.withChildren([...element.children, delay]).toString(), cause, former?.id, copy)
    // A session may have become available since it was found out that there is none: what comes next must not overtake this.
    const told = (isKept: boolean): boolean => {
      if (isKept) this.#deliverToAny(mailbox)
      return isKept
    }
    return kept instanceof Promise ? kept.then(told) : told(kept)
  }

  /** What there is no room for is refused (XEP-0160 §2), as it was before the session came: it must not overtake. */
  async #putBehind(message: Message, mailbox: Mailbox, cause: StanzaEvent): Promise<undefined | StanzaError> {
    while (mailbox.gate) await mailbox.gate
    const receiver = mailbox.waitingReceiver
    // Once the delivery is over it comes last on its usual way.
    if (!receiver) return
    const copy = { receiver, kept: cause.keepCopy(mailbox.owner) }
    if (!(await this.#keep(message, mailbox, cause, undefined, copy))) return new StanzaError('service-unavailable')
    this.#stored.set(message, receiver)
  }

  /** Whether routing would choose this session (RFC 6121 §8.5.2.1.1, §8.5.3.1, §8.5.3.2.1). */
  #isFor({ to }: Message, receiver: ClientSession): boolean {
    const sessions = this.#host.sessions(receiver.jid)
    const addressed = sessions.find(({ resource }) => resource === to?.resource)
    if (addressed) return addressed === receiver
    return sessions.every((other) => !other.available || other.priority <= receiver.priority)
  }

  #deliverToAny(mailbox: Mailbox): void {
    if (mailbox.receiver || mailbox.isEmpty) return
    const session = this.#receiverOf(mailbox.jid)
    if (session) this.deliverTo(session)
  }

  #receiverOf(account: Jid): ClientSession | undefined {
    return this.#host.sessions(account).find((each) => this.#delivery.canReceive(each))
  }

  #mailbox(owner: string): Mailbox {
    const known = this.#mailboxes.get(owner)
    if (known) return known
    if (this.#mailboxes.size >= REMEMBERED_MAILBOXES) this.#makeRoom()
    const mailbox = new Mailbox(this.#host, owner, this.#removals.later)
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

const verdict = (isKept: boolean): 'handled' | undefined => (isKept ? 'handled' : undefined)
