import { SaslError } from '@parlour/sasl'
import { StanzaError } from '@parlour/stanza'
import { NegotiationError, type NegotiationErrorCode } from '@parlour/stream-negotiation'
import { TransportError, type TransportErrorCode } from '@parlour/transport'
import { StreamError, type StreamErrorCondition } from '@parlour/xml-stream'
import { ClientError, type ClientErrorCode } from './client-error.ts'

const OF_NEGOTIATION: Readonly<Record<NegotiationErrorCode, ClientErrorCode>> = {
  'starttls-not-offered': 'tls-failed',
  'starttls-required': 'tls-failed',
  'starttls-refused': 'tls-failed',
  'starttls-unexpected-answer': 'tls-failed',
  'tls-failed': 'tls-failed',
  'unsupported-version': 'negotiation-failed',
  'invalid-namespace': 'negotiation-failed',
  'invalid-addresses': 'negotiation-failed',
  'mechanisms-not-offered': 'authentication-failed',
  'authentication-failed': 'authentication-failed',
  'dialback-invalid': 'negotiation-failed',
  'dialback-error': 'negotiation-failed',
  'bind-not-offered': 'negotiation-failed',
  'bind-failed': 'negotiation-failed',
  'session-failed': 'negotiation-failed',
  'invalid-address': 'negotiation-failed',
  'unexpected-element': 'negotiation-failed',
  'stream-error': 'stream-error',
  'stream-closed': 'connection-failed',
  'connection-lost': 'connection-failed',
  timeout: 'timeout',
  aborted: 'aborted',
}

const OF_TRANSPORT: Readonly<Record<TransportErrorCode, ClientErrorCode>> = {
  refused: 'connection-failed',
  unreachable: 'connection-failed',
  timeout: 'timeout',
  aborted: 'aborted',
  certificate: 'tls-failed',
  tls: 'tls-failed',
  reset: 'connection-failed',
  closed: 'connection-failed',
}

/** Stream errors after which the same client may well be welcome again (RFC 6120 §4.9.3). */
const PASSING_CONDITIONS: ReadonlySet<StreamErrorCondition> = new Set<StreamErrorCondition>([
  'connection-timeout',
  'internal-server-error',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'see-other-host',
  'system-shutdown',
  'undefined-condition',
])

/** The {@link ClientError} for what went wrong while a stream was opened. */
export function openingError(error: unknown): ClientError {
  if (error instanceof ClientError) return error
  if (error instanceof NegotiationError) return ofNegotiation(error)
  if (error instanceof TransportError) return new ClientError(OF_TRANSPORT[error.code], told(error))
  if (error instanceof StreamError) return new ClientError('stream-error', told(error))
  return new ClientError('connection-failed', { cause: error })
}

/** The {@link ClientError} for the end of an established stream, which the server may have ended in order. */
export function lossError(error: Error | undefined): ClientError {
  if (error instanceof ClientError) return error
  if (error instanceof StreamError) return new ClientError('stream-error', told(error))
  if (error) return new ClientError('connection-lost', told(error))
  return new ClientError('connection-lost', { message: 'the server closed the stream' })
}

/** Whether another attempt with the same options would be pointless or unwelcome. */
export function isPermanent({ code, cause }: ClientError): boolean {
  if (code === 'aborted' || code === 'closed') return true
  if (code === 'stream-error') return !(cause instanceof StreamError && PASSING_CONDITIONS.has(cause.condition))
  if (code === 'authentication-failed')
    return !(cause instanceof SaslError && cause.condition === 'temporary-auth-failure')
  if (code === 'negotiation-failed') return !waitsForBetterTimes(cause)
  return false
}

function ofNegotiation(error: NegotiationError): ClientError {
  const { cause } = error
  // What lies behind says more than "see the cause".
  const known = cause instanceof SaslError || cause instanceof StreamError || cause instanceof TransportError
  return new ClientError(OF_NEGOTIATION[error.code], told(known ? cause : error))
}

function waitsForBetterTimes(cause: unknown): boolean {
  return cause instanceof NegotiationError && cause.cause instanceof StanzaError && cause.cause.type === 'wait'
}

function told(cause: Error): { message: string; cause: Error } {
  return { message: cause.message, cause }
}
