import type { RoutedSession } from '@parlour/routing'

/** What rosters need to know of a session. */
export interface RosterSession extends RoutedSession {
  /** Whether the client has asked for the roster, and so gets its changes (RFC 6121 §2.2). */
  isInterested: boolean
}
