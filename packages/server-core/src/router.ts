import type { Jid } from '@parlour/jid'
import {
  type DomainKind,
  type RoutingContext,
  route,
  routeToUnknownAccount,
  type SessionDirectory,
} from '@parlour/routing'
import {
  CLIENT_NAMESPACE,
  errorReply,
  type Iq,
  type Message,
  type Presence,
  readStanza,
  resultReply,
  type Stanza,
  StanzaError,
} from '@parlour/stanza'
import { type Element, serialize } from '@parlour/xml'
import type { Accounts } from './accounts.ts'
import type { ClientSession } from './client-session.ts'
import type { ComponentPort } from './component/component-port.ts'
import type { FederationPort } from './federation/federation-port.ts'
import type { StanzaEvent } from './hooks.ts'
import type { Host } from './host.ts'
import type { IqHandlerEntry, IqRequest } from './iq-handlers.ts'
import { passThrough } from './stanza-hooks.ts'

/** What the router needs of the rest of the kernel. */
export interface RouterParts {
  readonly accounts: Accounts
  readonly directory: SessionDirectory<ClientSession>
  /** RFC 6121 §8.5.3.1: whether `session` lets `contact` know its presence. */
  sharesPresence(session: ClientSession, contact: Jid): boolean
  /** Subscription requests and probes that reach a local account (RFC 6121 §3, §4.3). */
  receivePresence(presence: Presence, host: Host): void | Promise<void>
  /** Told of an entity whose unavailable presence is delivered to these sessions (RFC 6121 §4.6.1). */
  departed(entity: Jid, sessions: readonly ClientSession[]): void
  /** Answers for a throw that is not a StanzaError; logs it with the module's name. */
  internalError(error: unknown, stanza: Stanza, module?: string): StanzaError
  /** Without it, no other server is reached. */
  readonly federation?: FederationPort | undefined
  /** Without it, there are no components. */
  readonly components?: ComponentPort | undefined
}

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

  constructor(parts: RouterParts) {
    this.#parts = parts
    this.directory = parts.directory
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

  /** Routes a stanza whose `from` is verified and which has a `to`. */
  route(stanza: Stanza, session?: ClientSession): Sent {
    const host = this.#hosts.get(session ? session.jid.domain : (stanza.from?.domain ?? ''))
    if (!host) return this.#arrive(stanza, session)
    if (host.hooks.outbound.length === 0) return this.#depart(stanza, session)
    const event: StanzaEvent = { stanza, direction: 'outbound', session }
    return passThrough(host.hooks.outbound, event, this.#leave, this.#refuse)
  }

  /** As {@link route}, for what the server sends by itself in an account's name: a refusal is told to nobody. */
  inform(stanza: Stanza, session?: ClientSession): Sent {
    return this.admit(stanza, session, this.#leave, IGNORE)
  }

  /** The first half of {@link route}: the hooks of the sender's host; `next` gets what they have made of the stanza. */
  admit(
    stanza: Stanza,
    session: ClientSession | undefined,
    next: (event: StanzaEvent) => Sent,
    refuse: (event: StanzaEvent, error: StanzaError) => Sent = this.#refuse,
  ): Sent {
    const host = this.#hosts.get(session ? session.jid.domain : (stanza.from?.domain ?? ''))
    return passThrough(host?.hooks.outbound ?? [], { stanza, direction: 'outbound', session }, next, refuse)
  }

  /** The second half: the hooks of the receiver's host, and the delivery. */
  arrive(stanza: Stanza): Sent {
    return this.#arrive(stanza, undefined)
  }

  /** Routes an element made by the server itself. */
  send(element: Element): Sent {
    return this.route(readStanza(element))
  }

  /** Writes a stanza to sessions of a local account, serialized once. */
  deliver(stanza: Stanza, sessions: readonly ClientSession[]): void {
    let text: string | undefined
    for (const session of sessions) {
      if (this.#isWithheld(stanza, session)) continue
      text ??= serialize(stanza.element, CLIENT_NAMESPACE)
      session.sendText(text)
    }
  }

  /** Answers an IQ request sent to an account that exists or to the server, as its handlers say. */
  handleIq(host: Host, iq: Iq, to: Jid, session?: ClientSession): Sent {
    return this.#findHandler(host, iq, to, session, (entry, request) => this.#answer(entry, request))
  }

  /** Sends the error that answers a stanza back to its sender, if it may be answered. */
  bounce(stanza: Stanza, error: StanzaError, session?: ClientSession): Sent {
    const reply = errorReply(stanza.element, error)
    if (reply) return this.#reply(stanza, reply, session)
  }

  readonly #leave = (event: StanzaEvent): Sent => this.#depart(event.stanza, event.session)
  readonly #settle = (event: StanzaEvent): Sent => this.#carryOut(event.stanza, event.session)
  readonly #refuse = (event: StanzaEvent, error: StanzaError): Sent => this.bounce(event.stanza, error, event.session)

  #depart(stanza: Stanza, session: ClientSession | undefined): Sent {
    if (session && stanza.kind === 'message') this.#tellSent(stanza, session)
    return this.#arrive(stanza, session)
  }

  #arrive(stanza: Stanza, session: ClientSession | undefined): Sent {
    const host = this.#hosts.get((stanza.to as Jid).domain)
    if (!host || host.hooks.inbound.length === 0) return this.#carryOut(stanza, session)
    const event: StanzaEvent = { stanza, direction: 'inbound', session }
    return passThrough(host.hooks.inbound, event, this.#settle, this.#refuse)
  }

  #carryOut(stanza: Stanza, session: ClientSession | undefined): Sent {
    const to = stanza.to as Jid
    const delivery = route(stanza, to, stanza.from as Jid, this)
    switch (delivery.kind) {
      case 'deliver':
        if (stanza.type === 'unavailable') this.#parts.departed(stanza.from as Jid, delivery.sessions)
        this.deliver(stanza, delivery.sessions)
        return this.#tellReceived(stanza, delivery.sessions, session)
      case 'drop':
        return
      case 'bounce':
        return this.bounce(stanza, new StanzaError(delivery.condition), session)
      case 'store':
        return this.#ifAccountExists(to, stanza, session, () => this.#store(stanza, to, session))
      case 'handle':
        return this.#handle(delivery.by, stanza, to, session)
      case 'component':
      case 'remote':
        return this.#carry(delivery.kind, stanza, to, session)
    }
  }

  #carry(kind: 'component' | 'remote', stanza: Stanza, to: Jid, session: ClientSession | undefined): Sent {
    const { components, federation } = this.#parts
    const port = kind === 'component' ? components : federation
    if (port) return port.send(stanza, session)
    const text = `this server does not reach ${to.domain}`
    return this.bounce(stanza, new StanzaError('remote-server-not-found', text), session)
  }

  #handle(by: 'account' | 'presence' | 'service', stanza: Stanza, to: Jid, session: ClientSession | undefined): Sent {
    const host = this.#hosts.get(to.domain) as Host
    if (by === 'service')
      return stanza.kind === 'iq' ? this.handleIq(host, stanza, to, session) : this.#ignore(stanza, session)
    if (stanza.kind === 'presence') return this.#parts.receivePresence(stanza, host)
    return this.#handleForAccount(host, stanza as Iq, to.bare, session)
  }

  /** RFC 6120 §13.11: who may not ask is refused before it matters whether there is such an account. */
  #handleForAccount(host: Host, iq: Iq, to: Jid, session: ClientSession | undefined): Sent {
    return this.#findHandler(host, iq, to, session, (entry, request) =>
      this.#withExistence(to, (exists) =>
        exists ? this.#answer(entry, request) : this.bounce(iq, new StanzaError(entry.options.refusal), session),
      ),
    )
  }

  #findHandler(
    host: Host,
    iq: Iq,
    to: Jid,
    session: ClientSession | undefined,
    then: (entry: IqHandlerEntry, request: IqRequest) => Sent,
  ): Sent {
    if (iq.type !== 'get' && iq.type !== 'set') return
    const target = to.local === '' ? 'server' : 'account'
    const request: IqRequest = { iq, payload: iq.payload as Element, from: iq.from as Jid, target, to, session }
    let entry: IqHandlerEntry
    try {
      entry = host.iqHandlers.find(request)
    } catch (error) {
      return this.#answerError(iq, error, session, undefined)
    }
    return then(entry, request)
  }

  #answer({ module, handler }: IqHandlerEntry, request: IqRequest): Sent {
    const { iq, session } = request
    const fail = (error: unknown) => this.#answerError(iq, error, session, module)
    try {
      const payload = handler(request)
      if (!(payload instanceof Promise)) return this.#reply(iq, resultReply(iq.element, payload), session)
      return payload.then((settled) => this.#reply(iq, resultReply(iq.element, settled), session)).catch(fail)
    } catch (error) {
      return fail(error)
    }
  }

  /** The server itself reads no messages; presence to it says nothing (RFC 6121 §8.4). */
  #ignore(stanza: Stanza, session: ClientSession | undefined): Sent {
    if (stanza.kind === 'message') return this.bounce(stanza, new StanzaError('service-unavailable'), session)
  }

  #ifAccountExists(to: Jid, stanza: Stanza, session: ClientSession | undefined, then: () => Sent): Sent {
    return this.#withExistence(to, (exists) => {
      if (exists) return then()
      const delivery = routeToUnknownAccount(stanza)
      if (delivery.kind === 'bounce') return this.bounce(stanza, new StanzaError(delivery.condition), session)
    })
  }

  #withExistence(account: Jid, decide: (exists: boolean) => Sent): Sent {
    const exists = this.#parts.accounts.exists(account)
    return exists instanceof Promise ? exists.then(decide) : decide(exists)
  }

  async #store(stanza: Stanza, to: Jid, session: ClientSession | undefined): Promise<void> {
    const host = this.#hosts.get(to.domain) as Host
    for (const handler of host.hooks.handlers.offline) {
      const verdict = await handler({ stanza, account: to.bare })
      if (verdict === 'handled') return this.#tellReceived(stanza, [], session)
      if (verdict) return this.bounce(stanza, verdict, session)
    }
    await this.bounce(stanza, new StanzaError('service-unavailable'), session)
  }

  #answerError(iq: Iq, error: unknown, session: ClientSession | undefined, module: string | undefined): Sent {
    return this.bounce(iq, error instanceof StanzaError ? error : this.#parts.internalError(error, iq, module), session)
  }

  /** To the very session that asked, where there is one; by routing otherwise. */
  #reply(stanza: Stanza, reply: Element, session: ClientSession | undefined): Sent {
    if (!session?.jid.equals(stanza.from as Jid)) return this.send(reply)
    session.send(reply)
    if (stanza.kind === 'message') this.#tellReceived(readStanza(reply), [session], undefined)
  }

  #tellSent(message: Message, session: ClientSession): void {
    const handlers = this.#hosts.get(session.jid.domain)?.hooks.handlers.messageSent ?? []
    for (const handler of handlers) handler({ message, session })
  }

  #tellReceived(stanza: Stanza, sessions: readonly ClientSession[], sender: ClientSession | undefined): void {
    if (stanza.kind !== 'message') return
    const handlers = this.#hosts.get((stanza.to as Jid).domain)?.hooks.handlers.messageReceived ?? []
    for (const handler of handlers) handler({ message: stanza, sessions, sender })
  }

  #isWithheld(stanza: Stanza, session: ClientSession): boolean {
    const handlers = this.#hosts.get(session.jid.domain)?.hooks.handlers.deliver ?? []
    if (handlers.length === 0) return false
    const event = { stanza, session }
    return handlers.some((handler) => handler(event) === 'handled')
  }
}
