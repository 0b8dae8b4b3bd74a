import type { Jid } from '@parlour/jid'
import type { Message, Stanza } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import type { ClientSession } from './client-session.ts'
import type {
  DeliveryEvent,
  Direction,
  MessageReceivedEvent,
  MessageSentEvent,
  OfflineEvent,
  StanzaEvent,
} from './hooks.ts'
import { KeptCopy } from './kept-copy.ts'
import type { StoredMessage } from './stored-message.ts'
import type { FormerDelivery, Settled, StanzaWrites, Transaction } from './transaction.ts'

/** What modules are told of a stanza: what they store goes into its transaction. */
export class TransactionEvent implements StanzaWrites {
  readonly transaction: Transaction

  constructor(transaction: Transaction) {
    this.transaction = transaction
  }

  get isOver(): boolean {
    return this.transaction.isOver
  }

  store(writes: readonly Write[], settled?: Settled): void {
    this.transaction.store(writes, settled)
  }

  keepCopy(account: string): KeptCopy {
    return new KeptCopy(account, this.transaction.reached)
  }
}

export class RoutedStanza extends TransactionEvent implements StanzaEvent {
  stanza: Stanza
  readonly direction: Direction

  constructor(stanza: Stanza, direction: Direction, transaction: Transaction) {
    super(transaction)
    this.stanza = stanza
    this.direction = direction
  }

  get session(): ClientSession | undefined {
    return this.transaction.session
  }
}

export class StoredDelivery implements DeliveryEvent {
  readonly session: ClientSession
  readonly isStored = true
  readonly #stored: StoredMessage

  constructor(stored: StoredMessage, session: ClientSession) {
    this.#stored = stored
    this.session = session
  }

  get stanza(): Message {
    return this.#stored.message
  }
}

export class SentMessage extends TransactionEvent implements MessageSentEvent {
  readonly message: Message
  readonly session: ClientSession

  constructor(message: Message, session: ClientSession, transaction: Transaction) {
    super(transaction)
    this.message = message
    this.session = session
  }
}

export class ReceivedMessage extends TransactionEvent implements MessageReceivedEvent {
  readonly message: Message
  readonly sessions: readonly ClientSession[]
  readonly sender: ClientSession | undefined

  constructor(
    message: Message,
    sessions: readonly ClientSession[],
    sender: ClientSession | undefined,
    transaction: Transaction,
  ) {
    super(transaction)
    this.message = message
    this.sessions = sessions
    this.sender = sender
  }
}

export class OfflineStanza extends TransactionEvent implements OfflineEvent {
  readonly stanza: Stanza
  readonly account: Jid

  constructor(stanza: Stanza, account: Jid, transaction: Transaction) {
    super(transaction)
    this.stanza = stanza
    this.account = account
  }

  get former(): FormerDelivery | undefined {
    return this.transaction.former
  }
}
