import type { ClientSession } from '../client-session.ts'
import { SessionManagement, type SessionTerms } from './session-management.ts'
import type { SessionPort } from './session-port.ts'

export type { SessionTerms }

/** XEP-0198 of a client's session. */
export type ManagedSession = SessionManagement<ClientSession>
export const ManagedSession: new (session: ClientSession, terms: SessionTerms, port: SessionPort) => ManagedSession =
  SessionManagement
