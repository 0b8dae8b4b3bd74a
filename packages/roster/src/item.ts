/** The `subscription` attribute of a roster item (RFC 6121 §2.1.2.5), without the verb `remove`. */
export type Subscription = 'none' | 'to' | 'from' | 'both'

/**
 * What the server knows about one contact of a user: a roster item (RFC 6121 §2.1.2), or, with `listed` false,
 * only the note of an inbound subscription request, for which no item may be created (RFC 6121 §3.1.3, Appendix A.1).
 * Immutable.
 */
export interface RosterItem {
  /** The contact's bare JID, in prepared form. */
  readonly jid: string
  /** The handle; `''` when there is none (RFC 6121 §2.4.1). */
  readonly name: string
  readonly groups: readonly string[]
  readonly subscription: Subscription
  /** `ask='subscribe'`: the user has asked, the contact has not answered ("Pending Out"). */
  readonly ask: boolean
  /** The user approves a request of the contact before it is made (RFC 6121 §3.4). */
  readonly approved: boolean
  /** The contact has asked, the user has not answered ("Pending In"). Never on the wire. */
  readonly pendingIn: boolean
  /** False for a mere note of an inbound request: never shown to a client. */
  readonly listed: boolean
}

/** An item with nothing set but its address; `listed`. */
export function newItem(jid: string): RosterItem {
  return {
    jid,
    name: '',
    groups: [],
    subscription: 'none',
    ask: false,
    approved: false,
    pendingIn: false,
    listed: true,
  }
}

/** Whether the contact receives the user's presence (`from` or `both`). */
export function isSubscriber(item: RosterItem | undefined): boolean {
  return item !== undefined && (item.subscription === 'from' || item.subscription === 'both')
}

/** Whether the user receives the contact's presence (`to` or `both`). */
export function isSubscribedTo(item: RosterItem | undefined): boolean {
  return item !== undefined && (item.subscription === 'to' || item.subscription === 'both')
}
