import type { Jid } from '@parlour/jid'
import type { AuthenticationOffer, AuthenticationRequest } from '@parlour/sasl'
import type { Sasl2Outcome, TaskOutcome } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import type { ClientSession, ClientStream } from './session-port.ts'

/** What is left to do before a client is signed in. */
export interface RemainingTasks {
  readonly names: readonly string[]
  readonly text?: string | undefined
}

/** What came of all that a client asked for with its authentication. */
export interface SignedIn {
  /** With a resource bound. */
  readonly session?: ClientSession | undefined
  /** The session is an earlier one that goes on. */
  readonly resumed?: boolean
  /** Namespaces of features that the client has had already. */
  readonly negotiated?: readonly string[] | undefined
  /** For `<success/>`. */
  readonly results: readonly Element[]
  /** Called once `<success/>` and the features have been written, before anything that the client sends is looked at. */
  readonly written?: (() => void) | undefined
}

/** How one stream signs in by SASL2 (XEP-0388). A promise that rejects ends the stream. */
export interface SignIn {
  readonly offer: AuthenticationOffer
  /** Begins with a mechanism; what was begun before is void. */
  begin(request: AuthenticationRequest): Sasl2Outcome | Promise<Sasl2Outcome>
  /** The client has answered the challenge. */
  respond(message: Uint8Array): Sasl2Outcome | Promise<Sasl2Outcome>
  abort(): void
  /** What has to be done before this account is signed in. */
  tasks(account: Jid, request: AuthenticationRequest): RemainingTasks | Promise<RemainingTasks>
  perform(account: Jid, task: string, isFirst: boolean, content: readonly Element[]): TaskOutcome | Promise<TaskOutcome>
  /** Does what was asked for besides. */
  activate(account: Jid, request: AuthenticationRequest, stream: ClientStream): SignedIn | Promise<SignedIn>
  /** Who signed in without a session has bound a resource (RFC 6120 §7), or goes on with an earlier session. */
  entered(session: Pick<ClientSession, 'jid'>): void
}
