import type { Jid } from '@parlour/jid'

/** What routing must know of a session. The directory holds the caller's own session objects and reads these fields. */
export interface RoutedSession {
  /** The full JID. */
  readonly jid: Jid
  /** True between initial presence and unavailable presence (RFC 6121 §4.2, §4.5). */
  readonly available: boolean
  /** The priority of the last presence, -128 to 127; 0 while not available (RFC 6121 §4.7.2.3). */
  readonly priority: number
}

/**
 * Which sessions an account has. One entry for each account that has any; no cost that grows with the others.
 * Changes of a session's own fields need no call.
 */
export class SessionDirectory<S extends RoutedSession> {
  // The arrays are replaced, never changed: a caller may keep one while sessions come and go.
  readonly #accounts = new Map<string, readonly S[]>()
  #sessions = 0

  /** The number of sessions. */
  get size(): number {
    return this.#sessions
  }

  /** The number of accounts with at least one session. */
  get accounts(): number {
    return this.#accounts.size
  }

  /** Adds a session and returns the one that had the same resource, which is no longer found. */
  add(session: S): S | undefined {
    const account = session.jid.bare.toString()
    const others = this.sessions(account)
    const displaced = findResource(others, session.jid.resource)
    if (displaced === session) return undefined
    const kept = displaced ? others.filter((other) => other !== displaced) : others
    this.#accounts.set(account, [...kept, session])
    if (!displaced) this.#sessions++
    return displaced
  }

  /** Removes this very session; false if it was not (or no longer) there. */
  remove(session: S): boolean {
    const account = session.jid.bare.toString()
    const sessions = this.sessions(account)
    if (!sessions.includes(session)) return false
    if (sessions.length === 1) this.#accounts.delete(account)
    else
      this.#accounts.set(
        account,
        sessions.filter((other) => other !== session),
      )
    this.#sessions--
    return true
  }

  /** All sessions of an account (a bare JID in prepared form), in order of arrival; a fixed array, empty if there are none. */
  sessions(account: string): readonly S[] {
    return this.#accounts.get(account) ?? NONE
  }

  /** The session with this resource. */
  find(account: string, resource: string): S | undefined {
    return findResource(this.sessions(account), resource)
  }

  /** Every session of every account. */
  *[Symbol.iterator](): Generator<S, void, undefined> {
    for (const sessions of this.#accounts.values()) yield* sessions
  }
}

/** The sessions which have sent presence, negative priorities included. */
export function availableSessions<S extends RoutedSession>(sessions: readonly S[]): readonly S[] {
  return every(sessions, isAvailable) ? sessions : sessions.filter(isAvailable)
}

/** The available sessions which may get messages to the bare JID: priority 0 or more (RFC 6121 §8.5.2.1.1). */
export function nonNegativeSessions<S extends RoutedSession>(sessions: readonly S[]): readonly S[] {
  return every(sessions, isNonNegative) ? sessions : sessions.filter(isNonNegative)
}

/**
 * The "most available" sessions (RFC 6121 §8.5.2.1.1): all those which share the highest priority, if it is not
 * negative.
 */
export function mostAvailableSessions<S extends RoutedSession>(sessions: readonly S[]): readonly S[] {
  let highest = -1
  for (const session of sessions) {
    if (session.available && session.priority > highest) highest = session.priority
  }
  if (highest < 0) return NONE
  const isHighest = (session: S) => session.available && session.priority === highest
  return every(sessions, isHighest) ? sessions : sessions.filter(isHighest)
}

/** The session with this resource; `undefined` for `''`. */
export function findResource<S extends RoutedSession>(sessions: readonly S[], resource: string): S | undefined {
  for (const session of sessions) if (session.jid.resource === resource) return session
  return undefined
}

const NONE: readonly never[] = Object.freeze([])

const isAvailable = (session: RoutedSession) => session.available
const isNonNegative = (session: RoutedSession) => session.available && session.priority >= 0

function every<S>(sessions: readonly S[], test: (session: S) => boolean): boolean {
  for (const session of sessions) if (!test(session)) return false
  return true
}
