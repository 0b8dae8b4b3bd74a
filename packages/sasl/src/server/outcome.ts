import type { SaslCondition } from '../conditions.ts'
import type { MechanismName } from '../mechanism.ts'

/** The server has a challenge for the client. */
export interface SaslChallenge {
  readonly type: 'challenge'
  readonly data: Uint8Array
}

/** The client has proven who it is. */
export interface SaslSuccess {
  readonly type: 'success'
  readonly mechanism: MechanismName
  /** Who has authenticated: a bare JID, or with EXTERNAL between servers a domain. The address to bind comes from this. */
  readonly identity: string
  /** The prepared user name (a localpart); with EXTERNAL, the same as `identity`. */
  readonly username: string
  /** The authorization identity that the client asked for; it has been checked against {@link identity}. */
  readonly authorizationId?: string
  /** Additional data with success (RFC 6120 §6.3.10). */
  readonly data?: Uint8Array
}

/** The client is refused. */
export interface SaslFailure {
  readonly type: 'failure'
  readonly condition: SaslCondition
  /** For the client. */
  readonly text?: string
  /** For logs; tells more than the client may know. */
  readonly reason?: string
  /** What a port threw, with `temporary-auth-failure`. */
  readonly cause?: unknown
}

/** What the server half answers to a message of the client. */
export type SaslOutcome = SaslChallenge | SaslSuccess | SaslFailure

/** A refusal. */
export const failure = (condition: SaslCondition, reason?: string, text?: string): SaslFailure => ({
  type: 'failure',
  condition,
  ...(reason !== undefined && { reason }),
  ...(text !== undefined && { text }),
})

/** A port did not answer. */
export const backEndFailure = (cause: unknown): SaslFailure => ({
  type: 'failure',
  condition: 'temporary-auth-failure',
  reason: 'a port failed',
  cause,
})
