import type { Jid } from '@parlour/jid'
import type { Iq, Presence, Stanza } from '@parlour/stanza'
import { type Delivery, DROP, HANDLE_ACCOUNT, HANDLE_PRESENCE, HANDLE_SERVICE, STORE, UNAVAILABLE } from './delivery.ts'
import { type DeliveryCondition, type DeliveryOption, MESSAGE_DELIVERY, type MessageType } from './message-table.ts'
import {
  availableSessions,
  findResource,
  mostAvailableSessions,
  nonNegativeSessions,
  type RoutedSession,
  type SessionDirectory,
} from './session-directory.ts'

/** What a domain is to this server. */
export type DomainKind =
  /** One of the server's own domains, with accounts. */
  | 'local'
  /** A service which the server hosts itself, such as a room service. */
  | 'service'
  /** Served by an external component. */
  | 'component'
  /** Not ours. */
  | 'remote'

/** What routing asks the server. All answers are immediate: nothing here may wait. */
export interface RoutingContext<S extends RoutedSession> {
  readonly directory: SessionDirectory<S>
  domainKind(domain: string): DomainKind
  /**
   * Whether the user of this session lets the sender know their presence, by a subscription of `from` or `both` or by
   * directed presence (RFC 6121 §8.5.3.1). Asked for iq requests to a full JID between different accounts only.
   */
  sharesPresence(session: S, sender: Jid): boolean
}

/**
 * The delivery rules of RFC 6121 §8 (with RFC 6120 §10): where a stanza goes, as data.
 *
 * Whether an account without sessions exists is known only to the store, so it is assumed: on `store` and
 * `handle` by `account` or `presence`, a caller finds out, and takes {@link routeToUnknownAccount} if there is none.
 * All other outcomes are the same either way.
 *
 * @param stanza to route; its `from` is taken as verified
 * @param to its destination: `stanza.to`, or the sender's bare JID for what has no `to` (RFC 6120 §10.3)
 * @param sender the verified sender
 */
export function route<S extends RoutedSession>(
  stanza: Stanza,
  to: Jid,
  sender: Jid,
  context: RoutingContext<S>,
): Delivery<S> {
  const domain = to.domain
  const kind = context.domainKind(domain)
  if (kind === 'local') return to.local === '' ? HANDLE_SERVICE : routeToAccount(stanza, to, sender, context)
  if (kind === 'service') return HANDLE_SERVICE
  return { kind, domain }
}

/** The rules for an account that does not exist (RFC 6121 §8.5.1); a probe is ignored. */
export function routeToUnknownAccount(stanza: Stanza): Delivery<never> {
  if (stanza.kind === 'presence') return DROP
  if (stanza.kind === 'iq') return isRequest(stanza) ? UNAVAILABLE : DROP
  const option = MESSAGE_DELIVERY['account does not exist'].bare[stanza.type]
  return option === 'E' ? UNAVAILABLE : DROP
}

function routeToAccount<S extends RoutedSession>(
  stanza: Stanza,
  to: Jid,
  sender: Jid,
  context: RoutingContext<S>,
): Delivery<S> {
  const account = to.bare.toString()
  const sessions = context.directory.sessions(account)
  const resource = to.resource
  const match = resource === '' ? undefined : findResource(sessions, resource)
  if (stanza.kind === 'message') return routeMessage(stanza.type, sessions, resource !== '', match)
  if (stanza.kind === 'iq') return routeIq(stanza, resource !== '', match, account, sender, context)
  return routePresence(stanza, sessions, resource !== '', match)
}

/** Table 1 of RFC 6121 §8.5.4. */
function routeMessage<S extends RoutedSession>(
  type: MessageType,
  sessions: readonly S[],
  full: boolean,
  match: S | undefined,
): Delivery<S> {
  // Every 'full match' line of the table says D.
  if (match !== undefined) return { kind: 'deliver', sessions: [match] }
  const lines = MESSAGE_DELIVERY[conditionOf(sessions)]
  return carryOut((full ? lines['full no match'] : lines.bare)[type], sessions)
}

function carryOut<S extends RoutedSession>(option: DeliveryOption, sessions: readonly S[]): Delivery<S> {
  if (option === 'M') return { kind: 'deliver', sessions: mostAvailableSessions(sessions) }
  if (option === 'A' || option === 'D') return { kind: 'deliver', sessions: nonNegativeSessions(sessions) }
  if (option === 'O') return STORE
  return option === 'E' ? UNAVAILABLE : DROP
}

/** The condition of RFC 6121 §8.5.4 that an existing account is in. A session without presence is no active one. */
function conditionOf(sessions: readonly RoutedSession[]): DeliveryCondition {
  let available = 0
  let nonNegative = 0
  for (const session of sessions) {
    if (!session.available) continue
    available++
    if (session.priority >= 0) nonNegative++
  }
  if (nonNegative > 1) return '1+ non-negative resources'
  if (nonNegative === 1) return '1 non-negative resource'
  return available > 0
    ? '1+ negative resources but zero non-negative resources'
    : 'account exists, but no active resources'
}

/** RFC 6121 §8.5.2.1.3, §8.5.3.1, §8.5.3.2.3. */
function routeIq<S extends RoutedSession>(
  stanza: Iq,
  full: boolean,
  match: S | undefined,
  account: string,
  sender: Jid,
  context: RoutingContext<S>,
): Delivery<S> {
  if (!full) return HANDLE_ACCOUNT
  const request = isRequest(stanza)
  if (match === undefined) return request ? UNAVAILABLE : DROP
  const allowed = !request || sender.bare.toString() === account || context.sharesPresence(match, sender)
  return allowed ? { kind: 'deliver', sessions: [match] } : UNAVAILABLE
}

/** RFC 6121 §8.5.2.1.2, §8.5.2.2.2, §8.5.3.1, §8.5.3.2.2. */
function routePresence<S extends RoutedSession>(
  stanza: Presence,
  sessions: readonly S[],
  full: boolean,
  match: S | undefined,
): Delivery<S> {
  switch (stanza.type) {
    case 'probe':
    case 'subscribe':
      return HANDLE_PRESENCE
    case 'subscribed':
    case 'unsubscribe':
    case 'unsubscribed':
      return full && match === undefined ? DROP : HANDLE_PRESENCE
    default:
  }
  if (full) return match ? { kind: 'deliver', sessions: [match] } : DROP
  const available = availableSessions(sessions)
  return available.length > 0 ? { kind: 'deliver', sessions: available } : DROP
}

function isRequest(stanza: Iq): boolean {
  return stanza.type === 'get' || stanza.type === 'set'
}
