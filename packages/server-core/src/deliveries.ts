import type { Jid } from '@parlour/jid'
import { CLIENT_NAMESPACE, type Message, type Stanza } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import { serialize } from '@parlour/xml'
import type { ClientSession } from './client-session.ts'
import type { DeliveryEvent, Hooks } from './hooks.ts'
import type { Host } from './host.ts'
import type { RouterParts } from './router-parts.ts'
import { ReceivedMessage, SentMessage, StoredDelivery } from './stanza-event.ts'
import { StoredMessage } from './stored-message.ts'
import { type FormerDelivery, type Settled, Transaction } from './transaction.ts'

/** What is done with what has to be stored. */
export type DeliveriesParts = Pick<RouterParts, 'commit' | 'working' | 'internalError'>

/** To sessions all messages are alike. */
const ANY_MESSAGE = { kind: 'message', type: 'normal' } as const

/** The last steps of a stanza's way: to sessions of local accounts, and to the modules that want to know of it. */
export class Deliveries {
  readonly #host: (domain: string) => Host | undefined
  readonly #parts: DeliveriesParts

  constructor(host: (domain: string) => Host | undefined, parts: DeliveriesParts) {
    this.#host = host
    this.#parts = parts
  }

  /** Writes a stanza to sessions of a local account, serialized once. What is kept until they acknowledge it is added to the transaction. */
  deliver(stanza: Stanza, sessions: readonly ClientSession[], transaction: Transaction): void {
    let text: string | undefined
    for (const session of sessions) {
      if (this.#isWithheld(stanza, session)) continue
      text ??= serialize(stanza.element, CLIENT_NAMESPACE)
      session.deliver(stanza, text, transaction)
    }
  }

  /** As {@link deliver}, of a stanza that is sent on no other's account: what is kept of it is committed at once, and nobody waits for it. */
  deliverAlone(stanza: Stanza, sessions: readonly ClientSession[]): void {
    const transaction = new Transaction()
    this.deliver(stanza, sessions, transaction)
    if (!transaction.isEmpty) this.#commitAlone(stanza, transaction)
  }

  /**
   * Writes what a module has stored to a session. What is kept of it is committed at once, with `writes`.
   *
   * @param former where it was kept before
   * @param settled told what became of the commit
   * @returns whether anything is kept of it, and so whether the writes are committed
   */
  handOver(
    stored: Stanza | StoredMessage,
    session: ClientSession,
    writes: readonly Write[],
    former?: FormerDelivery,
    settled?: Settled,
  ): boolean {
    const transaction = new Transaction(undefined, former)
    if (!(stored instanceof StoredMessage)) this.deliver(stored, [session], transaction)
    else if (!this.#isWithheldBy(this.#withholders(session), new StoredDelivery(stored, session)))
      session.deliver(ANY_MESSAGE, stored.text, transaction)
    if (transaction.isEmpty) return false
    transaction.store(writes, settled)
    this.#commitAlone(stored, transaction)
    return true
  }

  tellSent(message: Message, session: ClientSession, transaction: Transaction): void {
    const handlers = this.#host(session.jid.domain)?.hooks.handlers.messageSent ?? []
    if (handlers.length === 0) return
    const event = new SentMessage(message, session, transaction)
    for (const handler of handlers) handler(event)
  }

  /** @param sender the session that sent it, unless it is the server's own answer */
  tellReceived(
    stanza: Stanza,
    sessions: readonly ClientSession[],
    transaction: Transaction,
    sender: ClientSession | undefined,
  ): void {
    if (stanza.kind !== 'message') return
    const handlers = this.#host((stanza.to as Jid).domain)?.hooks.handlers.messageReceived ?? []
    if (handlers.length === 0) return
    const event = new ReceivedMessage(stanza, sessions, sender, transaction)
    for (const handler of handlers) handler(event)
  }

  #commitAlone(stanza: Stanza | StoredMessage, transaction: Transaction): void {
    const { commit, working, internalError } = this.#parts
    const failed = (cause: unknown): void =>
      void internalError(cause, stanza instanceof StoredMessage ? stanza.message : stanza)
    void working(transaction.commit(commit).catch(failed))
  }

  #isWithheld(stanza: Stanza, session: ClientSession): boolean {
    const handlers = this.#withholders(session)
    return handlers.length > 0 && this.#isWithheldBy(handlers, { stanza, session })
  }

  #isWithheldBy(handlers: readonly Hooks['deliver'][], event: DeliveryEvent): boolean {
    for (const handler of handlers) if (handler(event) === 'handled') return true
    return false
  }

  #withholders(session: ClientSession): readonly Hooks['deliver'][] {
    return this.#host(session.jid.domain)?.hooks.handlers.deliver ?? []
  }
}
