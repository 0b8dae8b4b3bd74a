import type { Stanza } from '@parlour/stanza'
import type { ClientSession } from '../client-session.ts'
import type { StanzaWrites } from '../transaction.ts'

/** The servers of other domains, as the router sees them. */
export interface FederationPort {
  /**
   * Takes a stanza to a domain that is not ours: it is sent, or answered with an error, or dropped if it may not be
   * answered. The sender's session, if a client of this server sent it, gets the answer.
   * `writes`: what is stored so that it is not forgotten.
   */
  send(stanza: Stanza, session: ClientSession | undefined, writes: StanzaWrites): void | Promise<void>
}
