import type { Stanza } from '@parlour/stanza'
import type { ClientSession } from '../client-session.ts'

/** The external components (XEP-0114), as the router sees them. */
export interface ComponentPort {
  /** Whether the domain is that of a configured component, connected or not. Asked for each stanza. */
  serves(domain: string): boolean
  /** Takes a stanza to a component: it is sent, or answered with an error, or dropped if it may not be answered. */
  send(stanza: Stanza, session: ClientSession | undefined): void | Promise<void>
}
