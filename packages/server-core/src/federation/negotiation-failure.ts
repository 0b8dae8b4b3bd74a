import type { NegotiationError, NegotiationErrorCode } from '@parlour/stream-negotiation'
import { StreamError } from '@parlour/xml-stream'
import { FederationError, type FederationErrorCode } from './federation-error.ts'

const CODES: Readonly<Partial<Record<NegotiationErrorCode, FederationErrorCode>>> = {
  'starttls-not-offered': 'tls',
  'starttls-refused': 'tls',
  'starttls-unexpected-answer': 'tls',
  'tls-failed': 'tls',
  'mechanisms-not-offered': 'authentication',
  'authentication-failed': 'authentication',
  'dialback-invalid': 'authentication',
  'dialback-error': 'authentication',
  'stream-error': 'stream-error',
  'connection-lost': 'connection-lost',
  'stream-closed': 'connection-lost',
  timeout: 'timeout',
  aborted: 'closed',
}

/** Why a stream to another server was not established, in the words of federation. */
export function negotiationFailure(error: NegotiationError, remote: string): FederationError {
  const { cause } = error
  if (cause instanceof FederationError) return cause
  if (cause instanceof StreamError) return streamFailure(cause, remote)
  const reason = cause instanceof Error ? `${error.message} (${cause.message})` : error.message
  return new FederationError(CODES[error.code] ?? 'protocol', `no stream to ${remote}: ${reason}`, { cause: error })
}

/** The peer ended the stream with an error. */
export function streamFailure(error: StreamError, remote: string): FederationError {
  const text = error.text === undefined ? '' : `: ${error.text}`
  return new FederationError('stream-error', `${remote} ended the stream with ${error.condition}${text}`, {
    cause: error,
  })
}
