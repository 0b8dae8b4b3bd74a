import type { Jid } from '@parlour/jid'
import type { RosterItem } from '@parlour/roster'

/** What happened to the roster. */
export type RosterEvent =
  /** The whole roster came from the server or the cache. */
  | { readonly type: 'loaded'; readonly items: ReadonlyMap<string, RosterItem> }
  /** An item was added or changed. */
  | { readonly type: 'updated'; readonly item: RosterItem; readonly previous: RosterItem | undefined }
  /** An item was removed. */
  | { readonly type: 'removed'; readonly jid: string; readonly previous: RosterItem | undefined }

/** A roster as it is kept between sessions (RFC 6121 §2.6). */
export interface CachedRoster {
  readonly version: string
  readonly items: readonly RosterItem[]
}

/** Where a program keeps the roster between sessions, so that the server sends only what changed (RFC 6121 §2.6). */
export interface RosterCache {
  load(account: Jid): Promise<CachedRoster | undefined>
  /** Called after each change. A rejection is reported as an uncaught error; the roster itself is unaffected. */
  save(account: Jid, roster: CachedRoster): Promise<void>
}

/** What {@link Roster.set} changes. What is left out is kept as it is. */
export interface RosterFields {
  readonly name?: string
  readonly groups?: readonly string[]
}

/** The user's contacts (RFC 6121 §2) and the subscriptions to presence (§3). Addresses are taken as bare JIDs. */
export interface Roster {
  /** By bare JID; empty until loaded. */
  readonly items: ReadonlyMap<string, RosterItem>
  /** The last version that the server named, if it names versions (RFC 6121 §2.6). */
  readonly version: string | undefined
  /** Pushes and answers that came from somebody who has no right to send them (RFC 6121 §2.1.6). */
  readonly refusedPushes: number
  /** Asks the server; from then on the roster is kept current, and asked for again after a reconnection. */
  load(): Promise<ReadonlyMap<string, RosterItem>>
  /** Adds or changes a contact (RFC 6121 §2.3, §2.4). The item itself comes by a push, as to every session. */
  set(jid: Jid | string, fields?: RosterFields): Promise<void>
  /** Removes a contact and the subscriptions both ways (RFC 6121 §2.5). */
  remove(jid: Jid | string): Promise<void>
  /** Asks to see a contact's presence (RFC 6121 §3.1); `status` is a text to the contact. */
  subscribe(jid: Jid | string, status?: string): Promise<void>
  /** Lets a contact see one's presence: grants a request, or in advance (RFC 6121 §3.1.4, §3.4). */
  approve(jid: Jid | string): Promise<void>
  /** Refuses a request, or takes the permission back (RFC 6121 §3.1.5, §3.2). */
  deny(jid: Jid | string): Promise<void>
  /** No longer wants to see a contact's presence (RFC 6121 §3.3). */
  unsubscribe(jid: Jid | string): Promise<void>
  /** @returns takes the listener out again */
  onChange(listener: (event: RosterEvent) => void): () => void
}
