import { SaslError } from '@parlour/sasl'
import { StanzaError, type StanzaErrorCondition } from '@parlour/stanza'
import type { NegotiationError, NegotiationErrorCode } from '@parlour/stream-negotiation'
import { TransportError, type TransportErrorCode } from '@parlour/transport'
import { StreamError, type StreamErrorCondition } from '@parlour/xml-stream'
import { FederationError, type FederationErrorCode } from './federation-error.ts'

const CODES: Readonly<Partial<Record<NegotiationErrorCode, FederationErrorCode>>> = {
  'starttls-not-offered': 'tls',
  'starttls-refused': 'tls',
  'starttls-unexpected-answer': 'tls',
  'tls-failed': 'tls',
  'mechanisms-not-offered': 'authentication',
  'authentication-failed': 'authentication',
  'dialback-invalid': 'dialback-invalid',
  'dialback-error': 'authentication',
  'connection-lost': 'connection-lost',
  'stream-closed': 'connection-lost',
  timeout: 'timeout',
  aborted: 'closed',
}

/** Stream errors that tell nothing of what was said to the peer (RFC 6120 §4.9.3): the same on another stream may be well. */
const PASSING: ReadonlySet<StreamErrorCondition> = new Set([
  'conflict',
  'connection-timeout',
  'internal-server-error',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'see-other-host',
  'system-shutdown',
])

export const isPassing = ({ condition }: StreamError): boolean => PASSING.has(condition)

/**
 * Dialback errors that say nothing of us (XEP-0220 §2.5): the peer did not get through to our authoritative server, in
 * whose case it has to say that it was not found, or lacks something itself. `undefined-condition` is how
 * `remote-connection-failed` is read, which is no stanza error.
 */
const UNVERIFIED: ReadonlySet<StanzaErrorCondition> = new Set([
  'internal-server-error',
  'remote-server-not-found',
  'remote-server-timeout',
  'resource-constraint',
  'service-unavailable',
  'undefined-condition',
])

/** How a handshake ends where the network is at fault. */
const INTERRUPTED: Readonly<Partial<Record<TransportErrorCode, FederationErrorCode>>> = {
  closed: 'connection-lost',
  reset: 'connection-lost',
  timeout: 'timeout',
}

/** Why a handshake failed: at what it was about, or because the connection broke. */
export function tlsFailureCode(cause: unknown): FederationErrorCode {
  return (cause instanceof TransportError && INTERRUPTED[cause.code]) || 'tls'
}

/** What a failure is by its cause; `undefined`: by its own code. */
function codeOfCause({ code, cause }: NegotiationError): FederationErrorCode | undefined {
  if (code === 'tls-failed') return tlsFailureCode(cause)
  const isDelay =
    (cause instanceof SaslError && cause.condition === 'temporary-auth-failure') ||
    (cause instanceof StanzaError && (UNVERIFIED.has(cause.condition) || cause.type === 'wait'))
  return isDelay ? 'authentication-delayed' : undefined
}

/** Why a stream to another server was not established, in the words of federation. @param refusal what we ended it with */
export function negotiationFailure(error: NegotiationError, remote: string, refusal?: StreamError): FederationError {
  const { cause } = error
  if (cause instanceof FederationError) return cause
  if (cause instanceof StreamError && !refusal)
    return ended(
      isPassing(cause) || cause.condition === 'undefined-condition' ? 'stream-error' : 'stream-refused',
      cause,
      remote,
    )
  const reason = cause instanceof Error ? `${error.message} (${cause.message})` : error.message
  const code = codeOfCause(error) ?? CODES[error.code] ?? 'protocol'
  return new FederationError(code, `no stream to ${remote}: ${reason}`, { cause: error })
}

/** The peer ended an established stream with an error. */
export function streamFailure(error: StreamError, remote: string): FederationError {
  return ended('stream-error', error, remote)
}

function ended(code: FederationErrorCode, error: StreamError, remote: string): FederationError {
  const text = error.text === undefined ? '' : `: ${error.text}`
  return new FederationError(code, `${remote} ended the stream with ${error.condition}${text}`, { cause: error })
}
