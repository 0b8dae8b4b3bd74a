import type { Jid } from '@parlour/jid'
import type { DomainKind, SessionDirectory } from '@parlour/routing'
import type { Presence, Stanza } from '@parlour/stanza'
import type { Json } from '@parlour/storage'
import type { SubscriptionRequest } from '../hooks.ts'
import type { RosterSession } from '../roster/roster-session.ts'

/** What presence needs to know of a session, and changes in it. */
export interface PresenceSession extends RosterSession {
  /** The last presence broadcast to contacts; `undefined` until initial presence and after `unavailable`. */
  presence: Presence | undefined
  /** Of that presence; 0 while there is none. */
  priority: number
  /** What outlives a restart of the server. */
  readonly remembered: ReadonlyMap<string, Json>
  remember(name: string, value: Json | undefined): void
}

/** What presence needs of the kernel. A session stays the kernel's own object. */
export interface PresencePort<S extends PresenceSession> {
  readonly directory: SessionDirectory<S>
  domainKind(domain: string): DomainKind
  accountExists(account: Jid): boolean | Promise<boolean>
  /** Routes a stanza with verified `from` and with a `to`, through all hooks; wherever it goes. */
  route(stanza: Stanza, session?: S): void | Promise<void>
  /** As `route`, for what the server sends by itself in an account's name: a refusal is told to nobody. */
  inform(stanza: Stanza, session?: S): void | Promise<void>
  /** Only the hooks of the sender's host; `next` gets what they have made of the stanza. */
  admit(stanza: Stanza, session: S, next: (stanza: Stanza) => void | Promise<void>): void | Promise<void>
  /** What has passed those hooks goes on. */
  arrive(stanza: Stanza): void | Promise<void>
  /** Writes a stanza to these sessions. */
  deliver(stanza: Stanza, sessions: readonly S[]): void
  /** Tells the modules, after the broadcast. */
  announced(session: S, presence: Presence, change: 'available' | 'changed' | 'unavailable'): void | Promise<void>
  /** Tells the modules of a request that is open now. */
  requested(request: SubscriptionRequest): void
  /** Milliseconds since 1970. */
  now(): number
  /** Something failed that nobody waits for, or that must not stop the rest. */
  failed(error: unknown, what: string): void
}
