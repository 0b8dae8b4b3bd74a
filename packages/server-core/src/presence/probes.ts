import { type Jid, parseJid } from '@parlour/jid'
import { isSubscriber, type Roster } from '@parlour/roster'
import { type Presence, presence as presenceElement, readStanza } from '@parlour/stanza'
import { el } from '@parlour/xml'
import type { Rosters } from '../roster/rosters.ts'
import type { PresencePort, PresenceSession } from './presence-port.ts'
import { addressed, made, Waiting } from './sending.ts'

/** What probes need to know beside rosters and sessions. */
export interface Disclosure<S> {
  /** Whether the session has sent directed presence to exactly this entity. */
  isDirectedTo(session: S, entity: Jid): boolean
  /** When the last session of the account became unavailable, if that is known. Milliseconds since 1970. */
  departedAt(account: string): number | undefined
}

/** Presence probes: asked for a user, and answered for an account (RFC 6121 §4.3, §4.6.6). */
export class Probes<S extends PresenceSession> {
  readonly #port: PresencePort<S>
  readonly #rosters: Rosters<S>
  readonly #disclosure: Disclosure<S>

  constructor(port: PresencePort<S>, rosters: Rosters<S>, disclosure: Disclosure<S>) {
    this.#port = port
    this.#rosters = rosters
    this.#disclosure = disclosure
  }

  /**
   * Learns the presence of a new session's contacts (RFC 6121 §4.3.1). Those of this server are asked without a stanza;
   * for one without available resources there is nothing to tell.
   */
  probeContacts(session: S, roster: Roster): void | Promise<void> {
    const account = session.jid.bare.toString()
    const waiting = new Waiting()
    for (const { jid } of roster.subscriptions()) {
      if (this.#port.domainKind(parseJid(jid).domain) === 'local') waiting.add(this.#probeLocal(session, account, jid))
      else waiting.add(this.#port.inform(made('probe', account, jid)))
    }
    return waiting.all()
  }

  /** Answers a probe to an account of this server, whether there is such an account or not (RFC 6121 §4.3.2). */
  answer(probe: Presence, to: Jid, from: Jid): void | Promise<void> {
    const account = to.bare.toString()
    if (from.bare.equals(to.bare)) return this.#disclose(probe, to, from)
    const roster = this.#rosters.get(account)
    if (roster instanceof Promise) return roster.then((loaded) => this.#answerWith(probe, to, from, loaded))
    return this.#answerWith(probe, to, from, roster)
  }

  /**
   * Answers a probe to an account that does not exist, or has not allowed a subscription: alike. To the bare JID, since
   * it is about the subscription.
   */
  refuse(probe: Presence, to: Jid, from: Jid): void | Promise<void> {
    return this.#port.inform(made('unsubscribed', to.bare.toString(), from.bare.toString(), probe.id))
  }

  #probeLocal(session: S, account: string, contact: string): void | Promise<void> {
    if (!this.#port.directory.sessions(contact).some((each) => each.available)) return
    const roster = this.#rosters.get(contact)
    if (roster instanceof Promise) return roster.then((loaded) => this.#tell(session, account, contact, loaded))
    return this.#tell(session, account, contact, roster)
  }

  #tell(session: S, account: string, contact: string, roster: Roster): void | Promise<void> {
    if (!isSubscriber(roster.get(account))) return this.#port.inform(made('unsubscribed', contact, account))
    return this.#sendAll(this.#port.directory.sessions(contact), session.jid.toString())
  }

  #answerWith(probe: Presence, to: Jid, from: Jid, roster: Roster): void | Promise<void> {
    if (isSubscriber(roster.get(from.bare.toString()))) return this.#disclose(probe, to, from)
    const session = to.isFull ? this.#port.directory.find(to.bare.toString(), to.resource) : undefined
    if (session && this.#disclosure.isDirectedTo(session, from)) return this.#sendMere(session.jid, from)
    return this.refuse(probe, to, from)
  }

  /** The prober may know the presence. */
  #disclose(probe: Presence, to: Jid, from: Jid): void | Promise<void> {
    const account = to.bare.toString()
    const available = this.#port.directory.sessions(account).filter((session) => session.available)
    if (to.isFull) {
      const session = available.find((each) => each.jid.resource === to.resource)
      if (session) return this.#sendMere(session.jid, from)
      return this.#port.inform(made('unavailable', to.toString(), from.toString(), probe.id))
    }
    if (available.length > 0) return this.#sendAll(available, from.toString())
    return this.#sendAbsence(account, from, probe.id)
  }

  /** RFC 6121 §4.3.2 case 4: "the full XML of the last presence stanza", with its own id. */
  #sendAll(sessions: readonly S[], to: string): void | Promise<void> {
    const waiting = new Waiting()
    for (const session of sessions) {
      if (session.presence) waiting.add(this.#port.inform(addressed(session.presence.element, to), session))
    }
    return waiting.all()
  }

  /** RFC 6121 §4.3.2, §4.6.6: only that this resource is available, "not including child elements". */
  #sendMere(from: Jid, to: Jid): void | Promise<void> {
    return this.#port.inform(readStanza(presenceElement({ from, to })))
  }

  /** RFC 6121 §4.3.2 case 3, with the time (XEP-0203) if it is known. */
  #sendAbsence(account: string, to: Jid, id: string | undefined): void | Promise<void> {
    const departed = this.#disclosure.departedAt(account)
    const stamp = departed === undefined ? undefined : new Date(departed).toISOString()
    const delay = stamp !== undefined && el('delay', 'urn:xmpp:delay', { from: account, stamp })
    return this.#port.inform(
      readStanza(presenceElement({ type: 'unavailable', from: account, to, id, children: [delay] })),
    )
  }
}
