import type { Jid } from '@parlour/jid'
import type { SessionDirectory } from '@parlour/routing'
import type { Presence } from '@parlour/stanza'
import type { Storage } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import type { Accounts } from './accounts.ts'
import type { ClientSession } from './client-session.ts'
import type { Host } from './host.ts'
import type { Logger } from './logger.ts'
import type { Router } from './router.ts'

/** What the rosters, subscriptions and presence of RFC 6121 §2–4 need of the kernel. */
export interface PresenceParts {
  readonly storage: Storage
  readonly accounts: Accounts
  readonly router: Router
  readonly directory: SessionDirectory<ClientSession>
  /** The time, and the randomness of roster versions. */
  readonly environment: Environment
  readonly log: Logger
}

/** Who gets the presence of a session. */
export interface Audience {
  /** The bare JIDs of the contacts that are subscribed to it (RFC 6121 §2.1.2.5: `from` or `both`). */
  readonly subscribers: readonly string[]
  /** Whom it directed its presence to (RFC 6121 §4.6). */
  readonly directed: readonly Jid[]
}

/** Rosters, subscriptions and presence (RFC 6121 §2–4), as the kernel sees them. */
export interface PresenceService {
  /** Registers what a host answers and announces: `jabber:iq:roster`, roster versioning and pre-approval features. */
  attach(host: Host): void
  /** Presence that a client sent: broadcast, directed, or about a subscription. Sets `session.presence` and `session.priority`, and runs the hooks of its host. */
  receive(session: ClientSession, presence: Presence): void | Promise<void>
  /** Subscription requests and probes that reach an account of this host (RFC 6121 §3, §4.3). */
  receiveInbound(presence: Presence, host: Host): void | Promise<void>
  /** The stream is gone: tells contacts and whom presence was directed to (RFC 6121 §4.5.2, §4.6.3). The session is not in the directory any more. */
  sessionClosed(session: ClientSession): void | Promise<void>
  /** An entity has become unavailable to these sessions: presence directed to it is over (RFC 6121 §4.6.1). */
  departed(entity: Jid, sessions: readonly ClientSession[]): void
  /** An account is about to go. What it returns cancels its subscriptions at contacts, once it is gone (XEP-0077 §3.2). */
  accountRemoving(account: Jid): Promise<() => void | Promise<void>>
  /** Whether `session` lets `contact` know its presence, by subscription or directed presence; immediate: the roster of an available session is in memory. */
  sharesPresence(session: ClientSession, contact: Jid): boolean
  /** Who knows, or may know, that `session` is there. */
  audience(session: ClientSession): Audience | Promise<Audience>
  /** Whether `contact` may see the presence of `account` (subscription `from` or `both`). */
  isSubscribed(account: Jid, contact: Jid): boolean | Promise<boolean>
  /** Whether the bare address of `contact` is in the roster of `account` (RFC 6121 §2.1). */
  isContact(account: Jid, contact: Jid): boolean | Promise<boolean>
}
