import type { Jid } from '@parlour/jid'
import {
  DEFAULT_ROSTER_LIMITS,
  newItem,
  type Roster,
  type RosterItem,
  type RosterLimits,
  type RosterSet,
  readRosterGet,
  readRosterSet,
  removalStanzas,
  rosterResult,
} from '@parlour/roster'
import { StanzaError } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import type { Element } from '@parlour/xml'
import type { RosterSession } from './roster-session.ts'
import type { Rosters } from './rosters.ts'

/** Bounds on a roster. */
export interface RosterQueryLimits extends RosterLimits {
  /** Most items of a roster; one more is refused with `resource-constraint`. Default 5000. */
  readonly maxItems: number
}

export const DEFAULT_ROSTER_QUERY_LIMITS: RosterQueryLimits = { ...DEFAULT_ROSTER_LIMITS, maxItems: 5000 }

/** A roster get or set of the account itself, as the kernel hands it over. */
export interface RosterQuery<S> {
  readonly payload: Element
  /** The account whose roster is meant. */
  readonly to: Jid
  /** The session that asks, when a client of this server does. */
  readonly session: S | undefined
}

export interface RosterQueriesParts<S extends RosterSession> {
  readonly rosters: Rosters<S>
  readonly limits: RosterQueryLimits
  /** The items removed take their subscriptions with them: sends what RFC 6121 §2.5.2 asks for. */
  removed(account: Jid, item: RosterItem, stanzas: readonly ('unsubscribe' | 'unsubscribed')[]): void | Promise<void>
  /** The write that deletes a stored subscription request. */
  deleteRequest(account: string, jid: string): Write
}

/** Answers `jabber:iq:roster` (RFC 6121 §2). */
export class RosterQueries<S extends RosterSession> {
  readonly #parts: RosterQueriesParts<S>

  constructor(parts: RosterQueriesParts<S>) {
    this.#parts = parts
  }

  /** The payload of the result; `undefined`: changes follow as pushes (RFC 6121 §2.6.3). @throws StanzaError */
  readonly get = (query: RosterQuery<S>): Element | undefined | Promise<Element | undefined> => {
    if (query.payload.child('item')) throw new StanzaError('bad-request', 'a roster get has no items')
    const roster = this.#parts.rosters.get(query.to.toString())
    if (!(roster instanceof Promise)) return this.#answer(query, roster, (work) => queueMicrotask(work))
    const answer = roster.then((loaded) => this.#answer(query, loaded, (work) => void answer.then(work)))
    return answer
  }

  /** Resolves when the change is durable, and pushed. @throws StanzaError */
  readonly set = async (query: RosterQuery<S>): Promise<undefined> => {
    const set = readRosterSet(query.payload, this.#parts.limits)
    if (set.jid.equals(query.to)) throw new StanzaError('not-allowed', 'an account is no contact of its own')
    const jid = set.jid.toString()
    if (set.kind === 'remove') await this.#remove(query.to, jid)
    else await this.#update(query.to.toString(), jid, set)
  }

  /** `afterReply` calls back when the result has been written. */
  #answer(query: RosterQuery<S>, roster: Roster, afterReply: (work: () => void) => void): Element | undefined {
    const { version } = readRosterGet(query.payload)
    const changes = version ? roster.changesSince(version) : undefined
    const brief = changes !== undefined && (changes.length === 0 || changes.length < roster.size)
    const known = brief && version !== undefined ? version : roster.version
    // From here on the session gets pushes, and first those for what has changed since the version it then has.
    afterReply(() => this.#catchUp(query, roster, known))
    return brief ? undefined : rosterResult(roster.items(), roster.version)
  }

  #catchUp({ session, to }: RosterQuery<S>, roster: Roster, known: string): void {
    if (!session) return
    session.isInterested = true
    for (const { item, version } of roster.changesSince(known) ?? []) {
      this.#parts.rosters.push(to.toString(), item, version, [session])
    }
  }

  #update(account: string, jid: string, set: RosterSet & { kind: 'update' }): Promise<void> {
    return this.#parts.rosters.change(account, jid, (roster) => {
      const before = roster.get(jid)
      if (!before && roster.size >= this.#parts.limits.maxItems) throw new StanzaError('resource-constraint')
      const item = { ...(before ?? newItem(jid)), name: set.name, groups: set.groups, listed: true }
      return { item, changed: true, push: true }
    })
  }

  #remove(account: Jid, jid: string): Promise<void> {
    const owner = account.toString()
    return this.#parts.rosters.change(owner, jid, (roster) => {
      const item = roster.get(jid)
      if (!item?.listed) throw new StanzaError('item-not-found', undefined, { type: 'modify' })
      const writes = item.pendingIn ? [this.#parts.deleteRequest(owner, jid)] : []
      const afterwards = () => this.#parts.removed(account, item, removalStanzas(item))
      return { item: undefined, changed: true, push: true, writes, afterwards }
    })
  }
}
