import type { Jid } from '@parlour/jid'
import {
  type DomainKind,
  type RoutingContext,
  route,
  routeToUnknownAccount,
  type SessionDirectory,
} from '@parlour/routing'
import { CLIENT_NAMESPACE, errorReply, type Iq, readStanza, type Stanza, StanzaError } from '@parlour/stanza'
import { type Element, serialize } from '@parlour/xml'
import type { ClientSession } from './client-session.ts'
import { Deliveries } from './deliveries.ts'
import type { StanzaEvent } from './hooks.ts'
import type { Host } from './host.ts'
import { IqAnswers } from './iq-answers.ts'
import type { RouterParts } from './router-parts.ts'
import { OfflineStanza, RoutedStanza, TransactionEvent } from './stanza-event.ts'
import { passThrough } from './stanza-hooks.ts'
import { type StanzaWrites, Transaction } from './transaction.ts'

type Sent = void | Promise<void>

const IGNORE = (): void => {}

/**
 * The way of a stanza from its verified sender to its receiver: hooks of the sender's host, hooks of the receiver's,
 * the table of RFC 6121 §8, delivery. Everything is synchronous until something has to wait.
 */
export class Router implements RoutingContext<ClientSession> {
  readonly directory: SessionDirectory<ClientSession>
  readonly #hosts = new Map<string, Host>()
  readonly #parts: RouterParts
  readonly #deliveries: Deliveries
  readonly #answers: IqAnswers

  constructor(parts: RouterParts) {
    this.#parts = parts
    this.#deliveries = new Deliveries((domain) => this.#hosts.get(domain), parts)
    this.directory = parts.directory
    this.#answers = new IqAnswers({
      reply: (iq, reply, transaction) => this.#reply(iq, reply, transaction),
      bounce: (iq, error, transaction) => this.#bounce(iq, error, transaction),
      internalError: (error, iq, module) => parts.internalError(error, iq, module),
    })
  }

  addHost(host: Host): void {
    this.#hosts.set(host.domain, host)
  }

  host(domain: string): Host | undefined {
    return this.#hosts.get(domain)
  }

  hosts(): IterableIterator<Host> {
    return this.#hosts.values()
  }

  domainKind(domain: string): DomainKind {
    if (this.#hosts.has(domain)) return 'local'
    return this.#parts.components?.serves(domain) ? 'component' : 'remote'
  }

  sharesPresence(session: ClientSession, sender: Jid): boolean {
    return this.#parts.sharesPresence(session, sender)
  }

  /**
   * Routes a stanza whose `from` is verified and which has a `to`. What it stores is added to the transaction, which is
   * the caller's to commit.
   */
  routeIn(transaction: Transaction, stanza: Stanza): Sent {
    const { session } = transaction
    const host = this.#hosts.get(session ? session.jid.domain : (stanza.from?.domain ?? ''))
    if (!host) return this.#arrive(stanza, transaction)
    if (host.hooks.outbound.length === 0) return this.#depart(stanza, transaction)
    const event = new RoutedStanza(stanza, 'outbound', transaction)
    return passThrough(host.hooks.outbound, event, this.#leave, this.#refuse)
  }

  /** As {@link routeIn}, in a transaction of its own: if something was stored, the promise is that it is durable. */
  route(stanza: Stanza, session?: ClientSession): Sent {
    return this.#alone(stanza, session, (transaction) => this.routeIn(transaction, stanza))
  }

  /** As {@link route}, but without waiting for the commit: it is handed to `committing`, and never rejects. */
  routeAhead(stanza: Stanza, committing: (committed: Promise<void>) => void): Sent {
    const transaction = new Transaction()
    const finish = (): void => {
      const committed = this.#finish(stanza, transaction)
      if (committed instanceof Promise) committing(committed)
    }
    return transaction.run(() => this.routeIn(transaction, stanza), finish)
  }

  /** As {@link route}, for what the server sends by itself in an account's name: a refusal is told to nobody. */
  inform(stanza: Stanza, session?: ClientSession): Sent {
    return this.#alone(stanza, session, (transaction) => this.#admit(stanza, transaction, this.#leave, IGNORE))
  }

  /** The first half of {@link route}: the hooks of the sender's host; `next` gets what they have made of the stanza. */
  admit(
    stanza: Stanza,
    session: ClientSession | undefined,
    next: (event: StanzaEvent) => Sent,
    refuse: (event: StanzaEvent, error: StanzaError) => Sent,
  ): Sent {
    return this.#alone(stanza, session, (transaction) => this.#admit(stanza, transaction, next, refuse))
  }

  /** The second half: the hooks of the receiver's host, and the delivery. */
  arrive(stanza: Stanza): Sent {
    return this.#alone(stanza, undefined, (transaction) => this.#arrive(stanza, transaction))
  }

  /** Routes an element made by the server itself. */
  send(element: Element): Sent {
    return this.route(readStanza(element))
  }

  /**
   * Writes a stanza to sessions of a local account, serialized once. What is stored for that is added to what is stored
   * for the stanza on whose account it is sent; without such a `cause` it is committed at once, and nobody waits for it.
   */
  deliver(stanza: Stanza, sessions: readonly ClientSession[], cause?: StanzaWrites): void {
    const transaction = cause instanceof TransactionEvent ? cause.transaction : undefined
    if (transaction) this.#deliveries.deliver(stanza, sessions, transaction)
    else this.#deliveries.deliverAlone(stanza, sessions)
  }

  /** {@link Deliveries.handOver} */
  handOver(...stored: Parameters<Deliveries['handOver']>): boolean {
    return this.#deliveries.handOver(...stored)
  }

  /** Answers an IQ request sent to an account that exists or to the server, as its handlers say. */
  handleIq(host: Host, iq: Iq, to: Jid, transaction: Transaction): Sent {
    return this.#answers.handle(host, iq, to, transaction)
  }

  /** What a session has not acknowledged before it ended goes where it goes without that session; past the hooks that it has passed. */
  deliverAgain(stanza: Stanza, transaction: Transaction, to: Jid): Sent {
    return this.#carryOut(stanza, transaction, to)
  }

  /** Sends the error that answers a stanza back to its sender, if it may be answered. */
  bounce(stanza: Stanza, error: StanzaError, session?: ClientSession): Sent {
    return this.#alone(stanza, session, (transaction) => this.#bounce(stanza, error, transaction))
  }

  readonly #leave = (event: RoutedStanza): Sent => this.#depart(event.stanza, event.transaction)
  readonly #settle = (event: RoutedStanza): Sent => this.#carryOut(event.stanza, event.transaction)
  readonly #refuse = (event: RoutedStanza, error: StanzaError): Sent =>
    this.#bounce(event.stanza, error, event.transaction)

  /** Does `work` in a transaction of its own, and commits that. */
  #alone(stanza: Stanza, session: ClientSession | undefined, work: (transaction: Transaction) => Sent): Sent {
    const transaction = new Transaction(session)
    return transaction.run(
      () => work(transaction),
      () => this.#finish(stanza, transaction),
    )
  }

  /** Never rejects: who sent the stanza is told. */
  #finish(stanza: Stanza, transaction: Transaction): Sent {
    if (transaction.endIfEmpty()) return
    return transaction
      .commit(this.#parts.commit)
      .catch((cause: unknown) => this.bounce(stanza, this.#parts.internalError(cause, stanza), transaction.session))
  }

  #admit(
    stanza: Stanza,
    transaction: Transaction,
    next: (event: RoutedStanza) => Sent,
    refuse: (event: RoutedStanza, error: StanzaError) => Sent,
  ): Sent {
    const host = this.#hosts.get(transaction.session?.jid.domain ?? stanza.from?.domain ?? '')
    return passThrough(host?.hooks.outbound ?? [], new RoutedStanza(stanza, 'outbound', transaction), next, refuse)
  }

  #depart(stanza: Stanza, transaction: Transaction): Sent {
    if (transaction.session && stanza.kind === 'message')
      this.#deliveries.tellSent(stanza, transaction.session, transaction)
    return this.#arrive(stanza, transaction)
  }

  #arrive(stanza: Stanza, transaction: Transaction): Sent {
    const host = this.#hosts.get((stanza.to as Jid).domain)
    if (!host || host.hooks.inbound.length === 0) return this.#carryOut(stanza, transaction)
    const event = new RoutedStanza(stanza, 'inbound', transaction)
    return passThrough(host.hooks.inbound, event, this.#settle, this.#refuse)
  }

  #carryOut(stanza: Stanza, transaction: Transaction, to = stanza.to as Jid): Sent {
    const delivery = route(stanza, to, stanza.from as Jid, this)
    switch (delivery.kind) {
      case 'deliver':
        if (stanza.type === 'unavailable') this.#parts.departed(stanza.from as Jid, delivery.sessions)
        this.#deliveries.deliver(stanza, delivery.sessions, transaction)
        return this.#deliveries.tellReceived(stanza, delivery.sessions, transaction, transaction.session)
      case 'drop':
        return
      case 'bounce':
        return this.#bounce(stanza, new StanzaError(delivery.condition), transaction)
      case 'store':
        return this.#storeForAccount(stanza, to, transaction)
      case 'handle':
        return this.#handle(delivery.by, stanza, to, transaction)
      case 'component':
      case 'remote':
        return this.#carry(delivery.kind, stanza, to, transaction)
    }
  }

  #carry(kind: 'component' | 'remote', stanza: Stanza, to: Jid, transaction: Transaction): Sent {
    const { components, federation } = this.#parts
    const port = kind === 'component' ? components : federation
    if (port) return port.send(stanza, transaction.session, transaction)
    const text = `this server does not reach ${to.domain}`
    return this.#bounce(stanza, new StanzaError('remote-server-not-found', text), transaction)
  }

  #handle(by: 'account' | 'presence' | 'service', stanza: Stanza, to: Jid, transaction: Transaction): Sent {
    const host = this.#hosts.get(to.domain) as Host
    if (by === 'service')
      return stanza.kind === 'iq' ? this.handleIq(host, stanza, to, transaction) : this.#ignore(stanza, transaction)
    if (stanza.kind === 'presence') return this.#parts.receivePresence(stanza, host)
    return this.#handleForAccount(host, stanza as Iq, to.bare, transaction)
  }

  /** RFC 6120 §13.11: who may not ask is refused before it matters whether there is such an account. */
  #handleForAccount(host: Host, iq: Iq, to: Jid, transaction: Transaction): Sent {
    return this.#answers.find(host, iq, to, transaction, (entry, request) =>
      this.#withExistence(to, (exists) =>
        exists
          ? this.#answers.answer(entry, request, transaction)
          : this.#bounce(iq, new StanzaError(entry.options.refusal), transaction),
      ),
    )
  }

  /** The server itself reads no messages; presence to it says nothing (RFC 6121 §8.4). */
  #ignore(stanza: Stanza, transaction: Transaction): Sent {
    if (stanza.kind === 'message') return this.#bounce(stanza, new StanzaError('service-unavailable'), transaction)
  }

  #storeForAccount(stanza: Stanza, to: Jid, transaction: Transaction): Sent {
    return this.#withExistence(to, (exists) => {
      if (exists) return this.#store(stanza, to, transaction)
      const delivery = routeToUnknownAccount(stanza)
      if (delivery.kind === 'bounce') return this.#bounce(stanza, new StanzaError(delivery.condition), transaction)
    })
  }

  #withExistence(account: Jid, decide: (exists: boolean) => Sent): Sent {
    const exists = this.#parts.accounts.exists(account)
    return exists instanceof Promise ? exists.then(decide) : decide(exists)
  }

  #store(stanza: Stanza, to: Jid, transaction: Transaction, from = 0): Sent {
    const handlers = (this.#hosts.get(to.domain) as Host).hooks.handlers.offline
    for (let at = from; at < handlers.length; at++) {
      const verdict = handlers[at]?.(new OfflineStanza(stanza, to.bare, transaction))
      if (verdict instanceof Promise)
        return verdict.then((settled) =>
          settled ? this.#stored(stanza, settled, transaction) : this.#store(stanza, to, transaction, at + 1),
        )
      if (verdict) return this.#stored(stanza, verdict, transaction)
    }
    return this.#bounce(stanza, new StanzaError('service-unavailable'), transaction)
  }

  #stored(stanza: Stanza, verdict: 'handled' | StanzaError, transaction: Transaction): Sent {
    if (verdict === 'handled') return this.#deliveries.tellReceived(stanza, [], transaction, transaction.session)
    return this.#bounce(stanza, verdict, transaction)
  }

  #bounce(stanza: Stanza, error: StanzaError, transaction: Transaction): Sent {
    const reply = errorReply(stanza.element, error)
    if (reply) return this.#reply(stanza, reply, transaction)
  }

  /** To the very session that asked, where there is one; by routing otherwise. */
  #reply(stanza: Stanza, reply: Element, transaction: Transaction): Sent {
    const { session } = transaction
    if (!session?.jid.equals(stanza.from as Jid)) return this.send(reply)
    if (stanza.kind !== 'message') return session.send(reply)
    const error = readStanza(reply)
    session.deliver(error, serialize(reply, CLIENT_NAMESPACE), transaction)
    this.#deliveries.tellReceived(error, [session], transaction, undefined)
  }
}
