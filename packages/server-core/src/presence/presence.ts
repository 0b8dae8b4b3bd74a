import type { Jid } from '@parlour/jid'
import { isSubscriber, PRE_APPROVAL_FEATURE, ROSTER_NAMESPACE, ROSTER_VERSIONING_FEATURE } from '@parlour/roster'
import { type Presence, StanzaError } from '@parlour/stanza'
import { randomIdentifier } from '@parlour/stream-negotiation'
import { el } from '@parlour/xml'
import type { ClientSession } from '../client-session.ts'
import type { Hooks, StanzaEvent } from '../hooks.ts'
import type { Host } from '../host.ts'
import { rosterParts } from '../portable/roster-parts.ts'
import type { Audience, PresenceParts, PresenceService } from '../presence-service.ts'
import { DEFAULT_ROSTER_QUERY_LIMITS, RosterQueries } from '../roster/roster-queries.ts'
import { REQUEST_STORE, ROSTER_STORE, RosterStore } from '../roster/roster-store.ts'
import { Rosters } from '../roster/rosters.ts'
import { Availability } from './availability.ts'
import type { PresencePort } from './presence-port.ts'
import { Probes } from './probes.ts'
import { DEFAULT_SUBSCRIPTION_LIMITS, Subscriptions } from './subscriptions.ts'

/** Makes the rules of RFC 6121 §2–4 work on the kernel's sessions, storage and router. */
export function createPresenceService(parts: PresenceParts): PresenceService {
  return new KernelPresence(parts)
}

class KernelPresence implements PresenceService {
  readonly #port: PresencePort<ClientSession>
  readonly #store: RosterStore
  readonly #rosters: Rosters<ClientSession>
  readonly #queries: RosterQueries<ClientSession>
  readonly #subscriptions: Subscriptions<ClientSession>
  readonly #probes: Probes<ClientSession>
  readonly #availability: Availability<ClientSession>

  constructor(parts: PresenceParts) {
    const port = portOf(parts)
    const store = new RosterStore(parts.storage, () => randomIdentifier(parts.environment))
    this.#port = port
    this.#store = store
    const isRemoved = (account: string) => parts.accounts.isRemoved(account)
    this.#rosters = new Rosters({ store, directory: port.directory, isRemoved, deliver: port.deliver })
    this.#subscriptions = new Subscriptions(port, this.#rosters, store, DEFAULT_SUBSCRIPTION_LIMITS)
    this.#probes = new Probes(port, this.#rosters, {
      isDirectedTo: (session, entity) => this.#availability.isDirectedTo(session, entity, true),
      departedAt: (account) => this.#availability.departedAt(account),
    })
    this.#availability = new Availability(port, this.#rosters, this.#probes, this.#subscriptions)
    this.#queries = new RosterQueries({
      rosters: this.#rosters,
      limits: DEFAULT_ROSTER_QUERY_LIMITS,
      removed: (account, item, stanzas) => this.#subscriptions.removed(account, item, stanzas),
      deleteRequest: (account, jid) => store.deleteRequest(account, jid),
    })
    parts.accounts.ownsStore(ROSTER_STORE)
    parts.accounts.ownsStore(REQUEST_STORE)
  }

  attach(host: Host): void {
    // RFC 6121 §2.1.5, §2.3.3: only the account itself may read or change its roster.
    const ownersOnly = { access: 'owner', refusal: 'forbidden' } as const
    host.iqHandlers.add('roster', 'get', ROSTER_NAMESPACE, 'query', this.#queries.get, ownersOnly)
    host.iqHandlers.add('roster', 'set', ROSTER_NAMESPACE, 'query', this.#queries.set, ownersOnly)
    host.streamFeatures.authenticated.add(() => el('ver', ROSTER_VERSIONING_FEATURE))
    host.streamFeatures.authenticated.add(() => el('sub', PRE_APPROVAL_FEATURE))
    for (const part of rosterParts(this.#rosters, this.#store)) host.portable.add(part)
    for (const change of ['accountRemoved', 'accountCreated'] as const)
      host.hooks.add(change, 'roster', (account) => this.#rosters.forget(account.toString()))
  }

  receive(session: ClientSession, presence: Presence): void | Promise<void> {
    const { type, to } = presence
    if (type === undefined || type === 'unavailable')
      return to ? this.#availability.direct(session, presence, to) : this.#availability.broadcast(session, presence)
    if (!to) throw new StanzaError('bad-request', `presence of type ${type} needs an address`)
    if (type === 'probe' || type === 'error') return this.#port.route(presence, session)
    // Before the roster changes: who may not send it, changes nothing.
    return this.#port.admit(presence, session, (admitted) =>
      this.#subscriptions.outbound(session.jid.bare, admitted.element, type, to),
    )
  }

  receiveInbound(presence: Presence, _host: Host): void | Promise<void> {
    const to = presence.to as Jid
    const exists = this.#port.accountExists(to)
    if (exists instanceof Promise) return exists.then((known) => this.#receiveFor(known, presence, to))
    return this.#receiveFor(exists, presence, to)
  }

  sessionClosed(session: ClientSession): void | Promise<void> {
    return this.#availability.closed(session)
  }

  departed(entity: Jid, sessions: readonly ClientSession[]): void {
    for (const session of sessions) this.#availability.forgetDirected(session, entity)
  }

  async accountRemoving(account: Jid): Promise<() => void | Promise<void>> {
    const roster = await this.#rosters.get(account.toString())
    return () => this.#subscriptions.cancelAll(account, roster)
  }

  sharesPresence(session: ClientSession, contact: Jid): boolean {
    if (contact.local === '' && contact.domain === session.jid.domain) return true
    if (this.#availability.isDirectedTo(session, contact, false)) return true
    const roster = this.#rosters.cached(session.jid.bare.toString())
    return roster !== undefined && isSubscriber(roster.get(contact.bare.toString()))
  }

  audience(session: ClientSession): Audience | Promise<Audience> {
    const directed = this.#availability.directedTo(session)
    const roster = this.#rosters.get(session.jid.bare.toString())
    return roster instanceof Promise
      ? roster.then((loaded) => ({ directed, subscribers: loaded.subscribers() }))
      : { directed, subscribers: roster.subscribers() }
  }

  isSubscribed(account: Jid, contact: Jid): boolean | Promise<boolean> {
    const jid = contact.bare.toString()
    const roster = this.#rosters.get(account.bare.toString())
    return roster instanceof Promise
      ? roster.then((loaded) => isSubscriber(loaded.get(jid)))
      : isSubscriber(roster.get(jid))
  }

  isContact(account: Jid, contact: Jid): boolean | Promise<boolean> {
    const jid = contact.bare.toString()
    const roster = this.#rosters.get(account.bare.toString())
    return roster instanceof Promise
      ? roster.then((loaded) => loaded.get(jid)?.listed === true)
      : roster.get(jid)?.listed === true
  }

  /** RFC 6121 §8.5.1: what is for nobody is ignored; a probe gets the answer of one who allows nothing. */
  #receiveFor(exists: boolean, presence: Presence, to: Jid): void | Promise<void> {
    const from = presence.from as Jid
    const { type } = presence
    if (type === 'probe')
      return exists ? this.#probes.answer(presence, to, from) : this.#probes.refuse(presence, to, from)
    if (!exists || type === undefined || type === 'unavailable' || type === 'error') return
    return this.#subscriptions.inbound(to.bare, presence, type, from)
  }
}

function portOf({ router, directory, accounts, environment, log }: PresenceParts): PresencePort<ClientSession> {
  return {
    directory,
    domainKind: (domain) => router.domainKind(domain),
    accountExists: (account) => accounts.exists(account),
    route: (stanza, session) => router.route(stanza, session),
    inform: (stanza, session) => router.inform(stanza, session),
    admit: (stanza, session, next) => {
      const pass = (event: StanzaEvent) => next(event.stanza)
      // To the session that sent it: `from` is the bare JID (RFC 6121 §3), for which nobody would get an error.
      return router.admit(stanza, session, pass, (event, error) => session.answerError(event.stanza, error))
    },
    arrive: (stanza) => router.arrive(stanza),
    deliver: (stanza, sessions) => router.deliver(stanza, sessions),
    announced: (session, presence, change) => {
      const handlers = router.host(session.jid.domain)?.hooks.handlers[HOOKS[change]] ?? []
      return runHooks(handlers, session, presence)
    },
    requested: (request) => {
      const handlers = router.host(request.account.domain)?.hooks.handlers.subscriptionRequested ?? []
      for (const handler of handlers) handler(request)
    },
    now: () => environment.now(),
    failed: (error, what) => log.error({ error }, what),
  }
}

const HOOKS = {
  available: 'sessionAvailable',
  changed: 'presenceChanged',
  unavailable: 'sessionUnavailable',
} as const

/** Calls the modules in order; nothing waits unless one of them does. */
function runHooks(
  handlers: readonly Hooks['presenceChanged'][],
  session: ClientSession,
  presence: Presence,
): void | Promise<void> {
  return handlers.length === 0 ? undefined : runFrom(0)

  function runFrom(start: number): void | Promise<void> {
    for (let at = start; at < handlers.length; at++) {
      const result = handlers[at]?.(session, presence)
      if (result instanceof Promise) return result.then(() => runFrom(at + 1))
    }
  }
}
