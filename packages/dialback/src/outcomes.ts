import { StanzaError, type StanzaErrorCondition } from '@parlour/stanza'
import type { DialbackOutcome } from './elements.ts'

/**
 * Why a request is answered with an error, and the condition that says so (XEP-0220 §2.5, "Dialback error
 * conditions"). Of its table, `remote-connection-failed` is no stanza error of RFC 6120 §8.3.3 and is left out.
 */
export const DIALBACK_ERRORS = {
  /** The `to` of the request is no domain of this server. */
  'target-unknown': 'item-not-found',
  /** The authoritative server was not found, does not serve the sender domain, or answered with an error. */
  'authoritative-not-found': 'remote-server-not-found',
  /** The connection to the authoritative server failed, or it did not answer in time. */
  'authoritative-timeout': 'remote-server-timeout',
  /** TLS is wanted before dialback. */
  'tls-required': 'policy-violation',
  /** A certificate for the sender domain is wanted, and there was none. */
  'certificate-required': 'not-authorized',
  /** The authoritative server says that the key is not its own. */
  'key-invalid': 'forbidden',
  /** Whatever was tried, the sender domain could not be established. */
  'identity-unknown': 'not-acceptable',
  /** This stream has no room for one more pair of domains: use another connection. */
  'too-many-pairs': 'resource-constraint',
} as const satisfies Readonly<Record<string, StanzaErrorCondition>>

/** A reason of {@link DIALBACK_ERRORS}. */
export type DialbackErrorReason = keyof typeof DIALBACK_ERRORS

/** The outcome `error` for a reason of {@link DIALBACK_ERRORS}, with words for the peer's operator if there are any. */
export function dialbackError(reason: DialbackErrorReason, text?: string): DialbackOutcome {
  return { type: 'error', error: new StanzaError(DIALBACK_ERRORS[reason], text) }
}

/** What a receiving server does after a verification. */
export interface ReceivingVerdict {
  /** What the initiating server is answered. */
  readonly answer: DialbackOutcome
  /** Whether the stream with the initiating server is closed after the answer. */
  readonly close: boolean
}

/**
 * What a receiving server makes of an authoritative server's outcome (XEP-0220 §2.1.2, §2.2.1, §2.5): valid is passed
 * on; an error becomes `remote-server-not-found`; invalid closes the stream, unless other pairs were verified on it.
 *
 * @param otherPairs whether other domain pairs are verified on the stream with the initiating server
 */
export function receivingVerdict(outcome: DialbackOutcome, otherPairs: boolean): ReceivingVerdict {
  if (outcome.type === 'valid') return { answer: outcome, close: false }
  if (outcome.type === 'error') return { answer: dialbackError('authoritative-not-found'), close: false }
  return otherPairs ? { answer: dialbackError('key-invalid'), close: false } : { answer: outcome, close: true }
}

/**
 * The stanza error with which an initiating server returns what it had queued (XEP-0220 §2.1.1): after `invalid`
 * `internal-server-error`, after `error` `remote-server-timeout`; `undefined` after `valid`.
 */
export function queuedStanzaCondition(outcome: DialbackOutcome): StanzaErrorCondition | undefined {
  if (outcome.type === 'valid') return undefined
  return outcome.type === 'invalid' ? 'internal-server-error' : 'remote-server-timeout'
}
