import type { Jid } from '@parlour/jid'
import {
  changeSubscription,
  isSubscriber,
  type Roster,
  type RosterItem,
  removalStanzas,
  type SubscriptionOutcome,
  type SubscriptionType,
} from '@parlour/roster'
import { type Presence, readStanza, StanzaError } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import type { Element } from '@parlour/xml'
import type { RosterStore } from '../roster/roster-store.ts'
import type { RosterEdit, Rosters } from '../roster/rosters.ts'
import type { PresencePort, PresenceSession } from './presence-port.ts'
import { addressed, inOrder, made, Waiting } from './sending.ts'

/** Bounds on what strangers can make the server keep (RFC 6121 §3.1.3, Security Warning). */
export interface SubscriptionLimits {
  /** Most entries of a roster, open requests included. Default 5000. */
  readonly maxEntries: number
  /** Most open requests of those who are not in the roster. Default 500; further ones are ignored. */
  readonly maxRequests: number
  /** Longest request kept whole, in UTF-16 code units of XML; of a longer one only the fact is kept. Default 10,000. */
  readonly maxRequestLength: number
}

export const DEFAULT_SUBSCRIPTION_LIMITS: SubscriptionLimits = {
  maxEntries: 5000,
  maxRequests: 500,
  maxRequestLength: 10_000,
}

/** Everything of one subscription stanza and its outcome. */
interface Step {
  readonly account: Jid
  readonly contact: Jid
  readonly type: SubscriptionType
  /** The stanza between the two bare JIDs. */
  readonly element: Element
  readonly before: RosterItem | undefined
  readonly outcome: SubscriptionOutcome
}

/** Presence subscriptions of the accounts of this server (RFC 6121 §3). */
export class Subscriptions<S extends PresenceSession> {
  readonly #port: PresencePort<S>
  readonly #rosters: Rosters<S>
  readonly #store: RosterStore
  readonly #limits: SubscriptionLimits

  constructor(port: PresencePort<S>, rosters: Rosters<S>, store: RosterStore, limits: SubscriptionLimits) {
    this.#port = port
    this.#rosters = rosters
    this.#store = store
    this.#limits = limits
  }

  /** A subscription stanza which a client of the account sent and the hooks let pass (RFC 6121 §3.1.2, §3.1.5, §3.2.2, §3.3.2, §3.4.2). */
  outbound(account: Jid, stanza: Element, type: SubscriptionType, to: Jid): void | Promise<void> {
    const contact = to.bare
    if (contact.equals(account)) return
    const element = between(stanza, account, contact)
    const jid = contact.toString()
    return this.#rosters.change(account.toString(), jid, (roster) => {
      const before = roster.get(jid)
      const outcome = changeSubscription(before, jid, type, 'outbound')
      if (!before && outcome.item && roster.size >= this.#limits.maxEntries)
        throw new StanzaError('resource-constraint')
      const step = { account, contact, type, element, before, outcome }
      return { ...outcome, writes: this.#requestWrites(step), afterwards: () => this.#sendOut(step) }
    })
  }

  /** A subscription stanza which reached the account, which exists (RFC 6121 §3.1.3, §3.1.6, §3.2.3, §3.3.3). */
  inbound(account: Jid, presence: Presence, type: SubscriptionType, from: Jid): void | Promise<void> {
    const contact = from.bare
    if (contact.equals(account)) return
    const element = between(presence.element, contact, account)
    const jid = contact.toString()
    return this.#rosters.change(account.toString(), jid, (roster) => {
      const before = roster.get(jid)
      const outcome = changeSubscription(before, jid, type, 'inbound')
      if (!before && outcome.item && !this.#takesRequest(roster)) return NOTHING
      const step = { account, contact, type, element, before, outcome }
      return { ...outcome, writes: this.#requestWrites(step), afterwards: () => this.#takeIn(step, roster) }
    })
  }

  /** What the removal of an item sends (RFC 6121 §2.5.2); first the contact sees the user leave (§3.2.2). */
  removed(account: Jid, item: RosterItem, stanzas: readonly SubscriptionType[]): void | Promise<void> {
    let sent = isSubscriber(item) ? this.#sendUnavailable(account, item.jid) : undefined
    for (const type of stanzas) sent = inOrder(sent, () => this.#port.inform(made(type, account.toString(), item.jid)))
    return sent
  }

  /** The account is gone: what the removal of every item sends. What fails for one contact does not keep the others. */
  cancelAll(account: Jid, roster: Roster): void | Promise<void> {
    const fail = (error: unknown) => this.#port.failed(error, 'a subscription could not be cancelled at a contact')
    const waiting = new Waiting()
    for (const item of roster.entries()) {
      try {
        const sent = this.removed(account, item, removalStanzas(item))
        if (sent instanceof Promise) waiting.add(sent.catch(fail))
      } catch (error) {
        fail(error)
      }
    }
    return waiting.all()
  }

  /**
   * A session has become available: requests which the user has not answered are shown to it (RFC 6121 §3.1.3); those
   * which contacts have not answered are repeated, in case they were lost (§3.1.2).
   */
  resume(session: S, roster: Roster): void | Promise<void> {
    const waiting = new Waiting()
    let isAsked = false
    for (const item of roster.entries()) {
      if (item.pendingIn) isAsked = true
      if (item.ask) waiting.add(this.#port.inform(made('subscribe', session.jid.bare.toString(), item.jid)))
    }
    if (isAsked) waiting.add(this.#showRequests(session, roster))
    return waiting.all()
  }

  async #showRequests(session: S, roster: Roster): Promise<void> {
    const account = session.jid.bare.toString()
    const requests = await this.#store.requests(account)
    for (const item of roster.entries()) {
      if (!item.pendingIn || !session.available) continue
      const request = requests.get(item.jid)
      this.#port.deliver(request ? readStanza(request) : made('subscribe', item.jid, account), [session])
    }
  }

  #sendOut({ account, contact, element, before, outcome }: Step): void | Promise<void> {
    const jid = contact.toString()
    const wasSubscriber = isSubscriber(before)
    const isNowSubscriber = isSubscriber(outcome.item)
    // RFC 6121 §3.2.2: "While the user is still subscribed to the contact's presence".
    const left = wasSubscriber && !isNowSubscriber ? this.#sendUnavailable(account, jid) : undefined
    const sent = inOrder(left, () => (outcome.route ? this.#port.arrive(readStanza(element)) : undefined))
    if (wasSubscriber || !isNowSubscriber) return sent
    // RFC 6121 §3.1.5: "MUST then also send current presence".
    return inOrder(sent, () => this.#sendPresence(account, jid))
  }

  #takeIn({ account, contact, type, element, before, outcome }: Step, roster: Roster): void | Promise<void> {
    const jid = contact.toString()
    if (outcome.item?.pendingIn && !before?.pendingIn)
      this.#port.requested({ account, contact, open: openRequests(roster) })
    if (outcome.deliver) this.#show(account.toString(), type, element)
    // RFC 6121 §3.3.3: unavailable presence to whom is no subscriber any more.
    const hasLeft = isSubscriber(before) && !isSubscriber(outcome.item)
    const left = hasLeft ? this.#sendUnavailable(account, jid) : undefined
    const { autoReply } = outcome
    if (!autoReply) return left
    const reply = made(autoReply, account.toString(), jid, element.attribute('id'))
    const replied = inOrder(left, () => this.#port.inform(reply))
    return autoReply === 'subscribed' ? inOrder(replied, () => this.#sendPresence(account, jid)) : replied
  }

  /** RFC 6121 §3.1: requests go to available resources; §3.1.6, §3.2.3, §3.3.3: answers to interested ones. */
  #show(account: string, type: SubscriptionType, element: Element): void {
    const sessions = this.#port.directory.sessions(account)
    const shown = sessions.filter((each) => (type === 'subscribe' ? each.available : each.isInterested))
    if (shown.length > 0) this.#port.deliver(readStanza(element), shown)
  }

  #sendPresence(account: Jid, contact: string): void | Promise<void> {
    const waiting = new Waiting()
    for (const session of this.#port.directory.sessions(account.toString())) {
      if (session.presence) waiting.add(this.#port.inform(addressed(session.presence.element, contact), session))
    }
    return waiting.all()
  }

  #sendUnavailable(account: Jid, contact: string): void | Promise<void> {
    const waiting = new Waiting()
    for (const session of this.#port.directory.sessions(account.toString())) {
      if (session.available) waiting.add(this.#port.inform(made('unavailable', session.jid.toString(), contact)))
    }
    return waiting.all()
  }

  #takesRequest(roster: Roster): boolean {
    let requests = 0
    for (const item of roster.entries()) if (!item.listed) requests++
    return requests < this.#limits.maxRequests && roster.size < this.#limits.maxEntries
  }

  /** Keeps a request as long as it is open, in the same commit as the entry. */
  #requestWrites({ account, contact, element, before, outcome }: Step): Write[] {
    const wasOpen = before?.pendingIn === true
    const isOpen = outcome.item?.pendingIn === true
    if (wasOpen === isOpen) return []
    const owner = account.toString()
    const jid = contact.toString()
    if (!isOpen) return [this.#store.deleteRequest(owner, jid)]
    const isWhole = element.toString().length <= this.#limits.maxRequestLength
    return [this.#store.putRequest(owner, jid, isWhole ? element : element.withChildren([]))]
  }
}

function openRequests(roster: Roster): number {
  let open = 0
  for (const { pendingIn } of roster.entries()) if (pendingIn) open++
  return open
}

const NOTHING: RosterEdit = { item: undefined, changed: false, push: false }

/** RFC 6121 §3.1.2, §3.1.3: subscriptions are between bare JIDs. */
function between(element: Element, from: Jid, to: Jid): Element {
  return element.withAttributes({ from: from.toString(), to: to.toString() })
}
