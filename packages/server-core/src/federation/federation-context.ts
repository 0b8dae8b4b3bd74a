import type { Stanza, StanzaError } from '@parlour/stanza'
import type { Environment } from '@parlour/stream-negotiation'
import type { SubjectAlternativeName } from '@parlour/tls-negotiation'
import type { ClientSession } from '../client-session.ts'
import type { Logger } from '../logger.ts'
import type { OpenStream } from '../open-streams.ts'
import type { FederationPolicy } from './federation-policy.ts'
import type { FederationLimits } from './options.ts'
import type { Outbox } from './outbox.ts'
import type { RefusalLog } from './refusal-log.ts'
import type { ServerPings } from './server-pings.ts'

/** What federation needs of the rest of the kernel. */
export interface FederationKernel {
  readonly environment: Environment
  /** Whether a domain is served here: a host, or a component. */
  isOwn(domain: string): boolean
  /**
   * Routes a stanza of another server whose `from` is verified and whose `to` is ours. `committing` is told if something
   * is stored on account of it: the promise is that this is durable, and never rejects.
   */
  receive(stanza: Stanza, committing: (committed: Promise<void>) => void): void | Promise<void>
  /** Answers a stanza with an error, if it may be answered. */
  bounce(stanza: Stanza, error: StanzaError, session?: ClientSession): void | Promise<void>
  /** The same for one that has waited, whose sender may be gone. */
  bounceLate(stanza: Stanza, error: StanzaError): void | Promise<void>
  /** The answer for a throw that is not a StanzaError; logs it. */
  internalError(error: unknown, stanza: Stanza): StanzaError
  /** Something threw or rejected while a stream was served. */
  reportError(cause: unknown): void
  opened(stream: OpenStream): void
  gone(stream: OpenStream): void
  /** What of the stanzas to other servers is on disk. */
  readonly outbox: Outbox
  /** The secret that dialback keys of the server's domains are made with (XEP-0185). */
  dialbackSecret(): Promise<string>
}

/** Counts since the start. */
export interface FederationCounters {
  /** Stanzas written to servers of other domains. */
  stanzasSent: number
  /** Stanzas of servers of other domains. */
  stanzasReceived: number
  /** Attempts to reach another server that led nowhere, and links that broke. */
  failures: number
  /** Streams that were ended because of what the other server said. */
  refusals: number
}

/** What every part of federation is given. */
export interface FederationContext {
  readonly kernel: FederationKernel
  readonly counters: FederationCounters
  readonly environment: Environment
  readonly log: Logger
  readonly limits: FederationLimits
  readonly policy: FederationPolicy
  /** For what strangers can cause as often as they like. */
  readonly refusals: RefusalLog
  readonly pings: ServerPings
  readonly bidirectional: boolean
  readonly streamManagement: boolean
  readonly lang: string
  certificateNames(certificate: Uint8Array): readonly SubjectAlternativeName[]
}
