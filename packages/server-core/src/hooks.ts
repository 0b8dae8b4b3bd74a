/**
 * The hook list: every place where a module may take part in the life of a stanza or of a session. The list is closed
 * and typed; a name that is not here does not compile.
 *
 * A stanza passes the *stanza hooks* of its sender's host (direction `outbound`), then those of its receiver's host
 * (direction `inbound`), each time in the order of {@link STANZA_PHASES}. A handler answers with a {@link Verdict}.
 */
import type { Jid } from '@parlour/jid'
import type { Message, Presence, Stanza, StanzaError } from '@parlour/stanza'
import type { ClientSession } from './client-session.ts'
import type { KeptCopy } from './kept-copy.ts'
import type { FormerDelivery, StanzaWrites } from './transaction.ts'

/** The phases of a stanza's way, in order. `guard` may refuse, `rewrite` may replace, `archive` may store. */
export const STANZA_PHASES = ['guard', 'rewrite', 'archive'] as const
export type StanzaPhase = (typeof STANZA_PHASES)[number]

export type Direction = 'outbound' | 'inbound'

/** A stanza on its way. A `rewrite` handler replaces `stanza`; all others leave it alone. */
export interface StanzaEvent extends StanzaWrites {
  /** The stanza; its `from` is verified. */
  stanza: Stanza
  /** `outbound`: leaves a local sender; `inbound`: reaches a local receiver. Between two local accounts a stanza is first the one, then the other. */
  readonly direction: Direction
  /** The session that sent it, when a client of this server did. */
  readonly session: ClientSession | undefined
  /** Whether all that is stored for the stanza has been handed to the storage, or nothing will be: what is read now shows it. */
  readonly isOver: boolean
  /** A module keeps the message for one session of an account (a bare JID), though others may get it at once. */
  keepCopy(account: string): KeptCopy
}

/**
 * What a stanza handler answers: nothing (the stanza goes on), `'handled'` (it ends here, silently), or an error (it is
 * answered with that error). A promise pauses the sender's stream only.
 */
export type Verdict = undefined | 'handled' | StanzaError

export type StanzaHandler = (event: StanzaEvent) => Verdict | Promise<Verdict>

/** A stanza about to be written to one session of its receiver. `'handled'` withholds it from that session. */
export interface DeliveryEvent {
  /** Of what a module had stored as text it is read when this is looked at: look at the session first. */
  readonly stanza: Stanza
  /** The one that is about to get it. */
  readonly session: ClientSession
  /** A module hands over what it had stored ({@link ModuleHost.handOver}). */
  readonly isStored?: boolean
}

/** A stanza that no session of the local account could take, and that RFC 6121 §8.5.2.2 lets the server keep. */
export interface OfflineEvent extends StanzaWrites {
  readonly stanza: Stanza
  /** The bare JID of the account that is away. */
  readonly account: Jid
  /** That it was delivered before, to a session that went without acknowledging it. */
  readonly former: FormerDelivery | undefined
}

/** A message that a client of this host sent, as it goes on its way: all `outbound` handlers have passed it on. */
export interface MessageSentEvent extends StanzaWrites {
  readonly message: Message
  /** The one that sent it. */
  readonly session: ClientSession
}

/** A message that an account of this host has received. */
export interface MessageReceivedEvent extends StanzaWrites {
  readonly message: Message
  /** The ones that got it, or get it later from a module that withheld it; none when it was kept for later (`offline`). */
  readonly sessions: readonly ClientSession[]
  /** The one that sent it, when a client of this server did. */
  readonly sender: ClientSession | undefined
}

/** A contact asks to be subscribed to the presence of an account (RFC 6121 §3.1). */
export interface SubscriptionRequest {
  /** Both are bare JIDs. */
  readonly account: Jid
  readonly contact: Jid
  /** How many requests the account has not answered, this one included. */
  readonly open: number
}

/** All hooks: what each handler receives, and what its answer means. */
export interface Hooks {
  /** First of the stanza hooks: may refuse a stanza, or end it silently (blocking, rate limits). */
  guard: StanzaHandler
  /** May replace `event.stanza` by another one of the same kind (adding an element, for example). */
  rewrite: StanzaHandler
  /** Sees the stanza as it will be routed; may store it. */
  archive: StanzaHandler
  /** Before a stanza is written to a session; synchronous, on the hot path. */
  deliver: (event: DeliveryEvent) => 'handled' | undefined
  /** `'handled'`: stored, by `event.store` or durably already. An error: refused with it. Otherwise `service-unavailable` (RFC 6121 §8.5.2.2.1). */
  offline: (event: OfflineEvent) => Verdict | Promise<Verdict>
  /**
   * A message that was acknowledged to an account did not reach another server, and the account has no session to be told:
   * `stanza` is the error, to the bare JID. `'handled'`: stored, by `event.store` or durably already. Otherwise nobody is
   * told (RFC 6121 §8.5.2.2.1).
   */
  undelivered: (event: OfflineEvent) => 'handled' | undefined | Promise<'handled' | undefined>
  /** After a message has left the client that sent it; synchronous, on the hot path. */
  messageSent: (event: MessageSentEvent) => void
  /** After a message was given to sessions of its receiver, or kept for later; synchronous, on the hot path. */
  messageReceived: (event: MessageReceivedEvent) => void
  /** A resource was bound (RFC 6120 §7). */
  sessionBound: (session: ClientSession) => void | Promise<void>
  /** Initial presence was sent (RFC 6121 §4.2); runs after the presence was broadcast. */
  sessionAvailable: (session: ClientSession, presence: Presence) => void | Promise<void>
  /** Available or directed presence changed (RFC 6121 §4.4). */
  presenceChanged: (session: ClientSession, presence: Presence) => void | Promise<void>
  /** A session that had been available is not any more (RFC 6121 §4.5), with its last stanza. */
  sessionUnavailable: (session: ClientSession, presence: Presence) => void | Promise<void>
  /** Somebody has asked to see the presence of an account, which has not answered yet (RFC 6121 §3.1.3): told once, when that is durable. */
  subscriptionRequested: (request: SubscriptionRequest) => void
  /**
   * A session has lost its connection, and waits to be resumed (XEP-0198 §5): what is sent to it waits, too. `unacknowledged`
   * reads the messages that were sent to it and that it may not have got.
   */
  sessionDetached: (session: ClientSession, unacknowledged: () => readonly Message[]) => void
  /** A session that had lost its connection goes on (XEP-0198 §5): it is written to again. */
  sessionResumed: (session: ClientSession) => void
  /** The server was started again, and a session of before waits to be resumed; `session.remembered` is as it was. */
  sessionRestored: (session: ClientSession) => void | Promise<void>
  /** It is over: its stream is gone, and it is not resumed; the last of a session. */
  sessionClosed: (session: ClientSession) => void | Promise<void>
  /** An account was made, by whatever way. */
  accountCreated: (account: Jid) => void | Promise<void>
  /** The account and all that the stores held of it are gone. */
  accountRemoved: (account: Jid) => void | Promise<void>
}

export type HookName = keyof Hooks

export const HOOK_NAMES = [
  ...STANZA_PHASES,
  'deliver',
  'offline',
  'undelivered',
  'messageSent',
  'messageReceived',
  'sessionBound',
  'sessionAvailable',
  'presenceChanged',
  'sessionUnavailable',
  'subscriptionRequested',
  'sessionDetached',
  'sessionResumed',
  'sessionRestored',
  'sessionClosed',
  'accountCreated',
  'accountRemoved',
] as const satisfies readonly HookName[]

/** Where a handler stands among those of its hook. */
export interface HookOptions {
  /** Modules whose handlers of this hook run first, where they are loaded. */
  readonly after?: readonly string[]
  /** For stanza hooks: only stanzas of this direction. Without it: both. */
  readonly direction?: Direction
}
