import type { Jid } from '@parlour/jid'
import type { Presence, PresenceFields } from '@parlour/stanza'

/** One's own availability (RFC 6121 §4.7). */
export type OwnPresence = Pick<PresenceFields, 'show' | 'status' | 'priority' | 'lang' | 'children'>

/** Somebody asks to see the user's presence (RFC 6121 §3.1.3). */
export interface SubscriptionRequest {
  /** Bare JID. */
  readonly from: Jid
  /** A text for people, if there is one. */
  readonly status: string | undefined
  readonly presence: Presence
}

/** A resource of a contact is, or is no longer, available. */
export interface PresenceChange {
  /** Usually a full JID. */
  readonly jid: Jid
  /** Undefined: no longer available, or not known any more since the connection was lost. */
  readonly presence: Presence | undefined
}

/** Availability: one's own and that of contacts (RFC 6121 §4), and requests for subscriptions. */
export interface PresenceApi {
  /** What was sent last to everybody; undefined while unavailable. It is sent again after a reconnection. */
  readonly own: OwnPresence | undefined
  /** Requests not yet answered by `approve` or `deny`, by bare JID; at most 1 000 are kept, the oldest go. */
  readonly requests: ReadonlyMap<string, SubscriptionRequest>
  /** Tells everybody subscribed (RFC 6121 §4.2, §4.4), or one address alone (directed presence, §4.6). */
  send(fields?: OwnPresence, to?: Jid | string): Promise<void>
  /** Becomes unavailable (RFC 6121 §4.5), to everybody or to one address. */
  sendUnavailable(status?: string, to?: Jid | string): Promise<void>
  /** The available resources of a bare JID, by resource; `''` for presence without one. Empty when unavailable. */
  of(jid: Jid | string): ReadonlyMap<string, Presence>
  /** The resource with the highest priority, of several the one heard of last; undefined when unavailable. */
  best(jid: Jid | string): Presence | undefined
  /** @returns takes the listener out again */
  onChange(listener: (change: PresenceChange) => void): () => void
  /** Hears of each request for a subscription; servers repeat them at every sign-in. @returns takes the listener out again */
  onRequest(listener: (request: SubscriptionRequest) => void): () => void
}
