import type { Jid } from '@parlour/jid'
import { isSubscriber, type Roster } from '@parlour/roster'
import { Presence, presence as presenceElement, StanzaError } from '@parlour/stanza'
import { copyElement, type Element } from '@parlour/xml'
import { BoundedCache } from '../bounded-cache.ts'
import type { Rosters } from '../roster/rosters.ts'
import { DirectedPresences } from './directed-presences.ts'
import type { PresencePort, PresenceSession } from './presence-port.ts'
import type { Probes } from './probes.ts'
import { addressed, Waiting } from './sending.ts'

const REMEMBERED_DEPARTURES = 20_000

/** What happens when a session has become available. */
export interface Arrival<S> {
  /** Contacts' requests that are still open are shown to it, and own ones repeated (RFC 6121 §3.1.2, §3.1.3). */
  resume(session: S, roster: Roster): void | Promise<void>
}

/** Broadcast and directed presence of the sessions of this server (RFC 6121 §4.2, §4.4–4.6). */
export class Availability<S extends PresenceSession> {
  readonly #port: PresencePort<S>
  readonly #rosters: Rosters<S>
  readonly #probes: Probes<S>
  readonly #arrival: Arrival<S>
  readonly #directed = new DirectedPresences<S>()
  readonly #departures = new BoundedCache<number>(REMEMBERED_DEPARTURES)

  constructor(port: PresencePort<S>, rosters: Rosters<S>, probes: Probes<S>, arrival: Arrival<S>) {
    this.#port = port
    this.#rosters = rosters
    this.#probes = probes
    this.#arrival = arrival
  }

  /** Available or unavailable presence without `to`. */
  broadcast(session: S, presence: Presence): void | Promise<void> {
    if (presence.type === 'unavailable') return this.#leave(session, presence, true)
    const roster = this.#rosters.get(accountOf(session))
    if (roster instanceof Promise) return roster.then((loaded) => this.#announce(session, presence, loaded))
    return this.#announce(session, presence, roster)
  }

  /** Available or unavailable presence with `to` (RFC 6121 §4.6.3). @throws StanzaError `resource-constraint` */
  direct(session: S, presence: Presence, to: Jid): void | Promise<void> {
    if (to.bare.equals(session.jid.bare)) return this.#port.route(presence, session)
    if (presence.type === 'unavailable') this.#directed.delete(session, to)
    else if (!this.#directed.add(session, to))
      throw new StanzaError('resource-constraint', 'too much directed presence')
    const waiting = new Waiting()
    waiting.add(this.#port.route(presence, session))
    waiting.add(this.#port.announced(session, presence, 'changed'))
    return waiting.all()
  }

  /** The stream is gone; if presence was shared, those who know of it are told (RFC 6121 §4.5.2, §4.6.3). */
  closed(session: S): void | Promise<void> {
    const from = session.jid.toString()
    const presence = new Presence(presenceElement({ from, type: 'unavailable' }))
    const done = this.#leave(session, presence, false)
    this.#rosters.release(accountOf(session))
    return done
  }

  /** RFC 6121 §4.6.1: "SHOULD remove any entity that sends unavailable presence to the user". */
  forgetDirected(session: S, entity: Jid): void {
    this.#directed.delete(session, entity)
  }

  /** Whom presence was directed to. */
  directedTo(session: S): readonly Jid[] {
    return this.#directed.get(session)?.entities() ?? []
  }

  /** Whether presence was directed to this entity, or to others with the same bare JID (`exactly` false). */
  isDirectedTo(session: S, entity: Jid, exactly: boolean): boolean {
    const directed = this.#directed.get(session)
    if (!directed) return false
    return exactly ? directed.has(entity) : directed.hasBare(entity)
  }

  /** When the last session of an account became unavailable, if it was not long ago. Milliseconds since 1970. */
  departedAt(account: string): number | undefined {
    return this.#departures.get(account)
  }

  #announce(session: S, presence: Presence, roster: Roster): void | Promise<void> {
    const account = accountOf(session)
    // The stream may have ended while the roster was being read.
    if (this.#port.directory.find(account, session.jid.resource) !== session) return
    const isInitial = session.presence === undefined
    // Kept for as long as the session: it must not keep the chunk it arrived in.
    session.presence = new Presence(copyElement(presence.element))
    session.priority = presence.priority
    const waiting = new Waiting()
    this.#fanOut(presence.element, roster.subscribers(), session, waiting)
    // RFC 6121 §4.2.2: "an entity is implicitly subscribed to its own presence".
    this.#fanOut(presence.element, [account], session, waiting)
    if (isInitial) this.#welcome(session, roster, waiting)
    waiting.add(this.#port.announced(session, presence, isInitial ? 'available' : 'changed'))
    return waiting.all()
  }

  #welcome(session: S, roster: Roster, waiting: Waiting): void {
    const account = accountOf(session)
    for (const other of this.#port.directory.sessions(account)) {
      if (other === session || !other.presence) continue
      this.#fanOut(other.presence.element, [session.jid.toString()], other, waiting)
    }
    waiting.add(this.#probes.probeContacts(session, roster))
    waiting.add(this.#arrival.resume(session, roster))
  }

  #leave(session: S, presence: Presence, isGraceful: boolean): void | Promise<void> {
    const wasAvailable = session.presence !== undefined
    session.presence = undefined
    session.priority = 0
    const entities = this.#directed.take(session)
    if (!wasAvailable && entities.length === 0) return
    const account = accountOf(session)
    const roster = this.#rosters.get(account)
    const tell = (loaded: Roster) => this.#tell(session, presence, loaded, { wasAvailable, isGraceful, entities })
    return roster instanceof Promise ? roster.then(tell) : tell(roster)
  }

  #tell(
    session: S,
    presence: Presence,
    roster: Roster,
    { wasAvailable, isGraceful, entities }: { wasAvailable: boolean; isGraceful: boolean; entities: readonly Jid[] },
  ): void | Promise<void> {
    const waiting = new Waiting()
    const reached = (entity: Jid) => wasAvailable && isSubscriber(roster.get(entity.bare.toString()))
    const directed = entities.filter((entity) => !reached(entity)).map(String)
    if (wasAvailable) this.#tellContacts(session, presence, roster, isGraceful, waiting)
    this.#fanOut(presence.element, directed, session, waiting)
    if (wasAvailable) waiting.add(this.#port.announced(session, presence, 'unavailable'))
    return waiting.all()
  }

  #tellContacts(session: S, presence: Presence, roster: Roster, isGraceful: boolean, waiting: Waiting): void {
    const account = accountOf(session)
    if (!this.#port.directory.sessions(account).some((other) => other.available))
      this.#departures.set(account, this.#port.now())
    this.#fanOut(presence.element, roster.subscribers(), session, waiting)
    this.#fanOut(presence.element, [account], session, waiting)
    // RFC 6121 §4.5.2: "as well as to the resource that generated the unavailable presence in the first place".
    if (isGraceful) this.#port.deliver(addressed(presence.element, account), [session])
  }

  #fanOut(element: Element, addresses: readonly string[], session: S, waiting: Waiting): void {
    for (let index = 0; index < addresses.length; index++) {
      try {
        waiting.add(this.#guarded(this.#port.inform(addressed(element, addresses[index] as string), session)))
      } catch (error) {
        this.#port.failed(error, 'presence could not be sent to a contact')
      }
    }
  }

  /** What fails for one contact must not keep the others, or the sender's stream, from going on. */
  #guarded(result: void | Promise<void>): void | Promise<void> {
    if (result instanceof Promise)
      return result.catch((error: unknown) => this.#port.failed(error, 'presence could not be sent to a contact'))
  }
}

function accountOf(session: PresenceSession): string {
  return session.jid.bare.toString()
}
