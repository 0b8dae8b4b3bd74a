import type { Jid } from '@parlour/jid'
import type { SessionDirectory } from '@parlour/routing'
import type { Presence, Stanza, StanzaError } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import type { Accounts } from './accounts.ts'
import type { ClientSession } from './client-session.ts'
import type { ComponentPort } from './component/component-port.ts'
import type { FederationPort } from './federation/federation-port.ts'
import type { Host } from './host.ts'

/** What the router needs of the rest of the kernel. */
export interface RouterParts {
  readonly accounts: Accounts
  readonly directory: SessionDirectory<ClientSession>
  /** RFC 6121 §8.5.3.1: whether `session` lets `contact` know its presence. */
  sharesPresence(session: ClientSession, contact: Jid): boolean
  /** Subscription requests and probes that reach a local account (RFC 6121 §3, §4.3). */
  receivePresence(presence: Presence, host: Host): void | Promise<void>
  /** Told of an entity whose unavailable presence is delivered to these sessions (RFC 6121 §4.6.1). */
  departed(entity: Jid, sessions: readonly ClientSession[]): void
  /** Answers for a throw that is not a StanzaError; logs it with the module's name. */
  internalError(error: unknown, stanza: Stanza, module?: string): StanzaError
  /** Applies what a stanza stores; resolves when it is durable. */
  commit(writes: readonly Write[]): Promise<void>
  /** Told of work that nobody waits for. */
  working<Value>(work: Promise<Value>): Promise<Value>
  /** Without it, no other server is reached. */
  readonly federation?: FederationPort | undefined
  /** Without it, there are no components. */
  readonly components?: ComponentPort | undefined
}
