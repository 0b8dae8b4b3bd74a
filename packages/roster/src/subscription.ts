import { isSubscriber, newItem, type RosterItem } from './item.ts'
import {
  type Direction,
  SUBSCRIPTION_TABLES,
  type SubscriptionState,
  type SubscriptionType,
} from './subscription-tables.ts'

/** What follows from one subscription stanza. */
export interface SubscriptionOutcome {
  /** The contact's entry afterwards; `undefined`: nothing is to be kept. The same object when nothing changed. */
  readonly item: RosterItem | undefined
  /** Whether the entry differs and has to be stored. */
  readonly changed: boolean
  /** Outbound: pass the stanza on to the contact, stamped with the user's bare JID. */
  readonly route: boolean
  /** Inbound: show the stanza to the user's resources (`subscribe`: available ones; otherwise interested ones). */
  readonly deliver: boolean
  /** Whether interested resources get a roster push: something they can see has changed. */
  readonly push: boolean
  /** Inbound: answer the contact from the user's bare JID. */
  readonly autoReply?: 'subscribed' | 'unsubscribed'
}

/**
 * The rules of RFC 6121 §3 and Appendix A as a function: a contact's entry (or none) and a subscription stanza give
 * the new entry and what to do with the stanza.
 *
 * @example
 * changeSubscription(undefined, 'nurse@example.com', 'subscribe', 'outbound')
 * // → item { subscription: 'none', ask: true, … }, route: true, push: true
 */
export function changeSubscription(
  item: RosterItem | undefined,
  jid: string,
  type: SubscriptionType,
  direction: Direction,
): SubscriptionOutcome {
  if (direction === 'inbound' && type === 'subscribe' && item?.approved && !isSubscriber(item)) return preApproved(item)
  const [passOn, newState] = SUBSCRIPTION_TABLES[direction][type][stateOf(item)]
  const after = newState === 'pre-approval' ? approve(item, jid) : enter(item, jid, newState, type, direction)
  const passes = passOn === 'MUST'
  const reply = direction === 'inbound' ? autoReply(type, after !== item, item) : undefined
  return {
    item: after,
    changed: after !== item,
    route: direction === 'outbound' && passes,
    deliver: direction === 'inbound' && passes,
    push: looksDifferent(item, after),
    ...(reply && { autoReply: reply }),
  }
}

/** Which of the nine states of RFC 6121 Appendix A.1 an entry is in; no entry is "None". */
export function stateOf(item: RosterItem | undefined): SubscriptionState {
  if (item === undefined) return 'None'
  if (item.subscription === 'both') return 'Both'
  if (item.subscription === 'from') return item.ask ? 'From + Pending Out' : 'From'
  if (item.subscription === 'to') return item.pendingIn ? 'To + Pending In' : 'To'
  if (item.ask) return item.pendingIn ? 'None + Pending Out+In' : 'None + Pending Out'
  return item.pendingIn ? 'None + Pending In' : 'None'
}

/**
 * The stanzas that the removal of an item sends to the contact, in order (RFC 6121 §2.5.2). A request of the user's
 * that is still open is withdrawn, one of the contact's denied, so that both sides agree afterwards.
 */
export function removalStanzas(item: RosterItem): readonly ('unsubscribe' | 'unsubscribed')[] {
  const unsubscribe = item.subscription === 'to' || item.subscription === 'both' || item.ask
  const unsubscribed = isSubscriber(item) || item.pendingIn
  return [...(unsubscribe ? (['unsubscribe'] as const) : []), ...(unsubscribed ? (['unsubscribed'] as const) : [])]
}

const STATE_FIELDS: Readonly<
  Record<SubscriptionState, Readonly<Pick<RosterItem, 'subscription' | 'ask' | 'pendingIn'>>>
> = {
  None: { subscription: 'none', ask: false, pendingIn: false },
  'None + Pending Out': { subscription: 'none', ask: true, pendingIn: false },
  'None + Pending In': { subscription: 'none', ask: false, pendingIn: true },
  'None + Pending Out+In': { subscription: 'none', ask: true, pendingIn: true },
  To: { subscription: 'to', ask: false, pendingIn: false },
  'To + Pending In': { subscription: 'to', ask: false, pendingIn: true },
  From: { subscription: 'from', ask: false, pendingIn: false },
  'From + Pending Out': { subscription: 'from', ask: true, pendingIn: false },
  Both: { subscription: 'both', ask: false, pendingIn: false },
}

function enter(
  item: RosterItem | undefined,
  jid: string,
  newState: SubscriptionState | 'no state change',
  type: SubscriptionType,
  direction: Direction,
): RosterItem | undefined {
  const cancelsApproval = direction === 'outbound' && type === 'unsubscribed' && item?.approved === true
  if (newState === 'no state change') return cancelsApproval && item ? { ...item, approved: false } : item
  const listed = item?.listed ?? false
  const fields = STATE_FIELDS[newState]
  // RFC 6121 §3.1.3: an inbound request alone creates no item; §3.3.3: an item never created is not left behind.
  const lists = listed || fields.subscription !== 'none' || fields.ask
  if (!lists && !fields.pendingIn) return undefined
  return {
    ...(item ?? newItem(jid)),
    ...fields,
    approved: cancelsApproval ? false : (item?.approved ?? false),
    listed: lists,
  }
}

function approve(item: RosterItem | undefined, jid: string): RosterItem {
  if (item?.approved) return item
  return { ...(item ?? newItem(jid)), approved: true, listed: true }
}

// RFC 6121 §3.4.2: not delivered, answered at once. The record of the approval is kept until "unsubscribed".
function preApproved(item: RosterItem): SubscriptionOutcome {
  const state = stateOf(item)
  const next = state === 'To' || state === 'To + Pending In' ? 'Both' : item.ask ? 'From + Pending Out' : 'From'
  const after = { ...item, ...STATE_FIELDS[next], listed: true }
  return { item: after, changed: true, route: false, deliver: false, push: true, autoReply: 'subscribed' }
}

function autoReply(
  type: SubscriptionType,
  changed: boolean,
  item: RosterItem | undefined,
): 'subscribed' | 'unsubscribed' | undefined {
  if (type === 'subscribe' && isSubscriber(item)) return 'subscribed'
  if (type === 'unsubscribe' && changed) return 'unsubscribed'
  return undefined
}

function looksDifferent(before: RosterItem | undefined, after: RosterItem | undefined): boolean {
  const was = before?.listed === true
  const is = after?.listed === true
  if (!was || !is) return was !== is
  return before.subscription !== after.subscription || before.ask !== after.ask || before.approved !== after.approved
}
