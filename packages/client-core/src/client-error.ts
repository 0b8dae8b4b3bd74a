/** What each code of a {@link ClientError} means. */
export const CLIENT_ERROR_CODES = {
  'authentication-failed':
    'the server did not accept the credentials, or could not prove itself; see the cause, a SaslError',
  'resolution-failed': 'the server of this domain could not be found',
  'connection-failed': 'no server could be reached; see the cause',
  'tls-failed':
    'the connection could not be protected by TLS, or the certificate is not for this domain; see the cause',
  'negotiation-failed': 'the stream could not be established; see the cause, a NegotiationError',
  'stream-error': 'the server ended the stream with an error; see the cause, a StreamError',
  'connection-lost': 'the connection was lost',
  'keepalive-timeout': 'the server no longer answers',
  timeout: 'no answer came in time',
  disconnected: 'there is no connection to the server now',
  aborted: 'the caller gave up; see the cause',
  closed: 'the client is closed',
  overflow: 'stanzas came faster than they were taken',
  'not-acknowledged': 'the server has not acknowledged the stanza; it may have arrived or not',
} as const

/** A code of {@link CLIENT_ERROR_CODES}. */
export type ClientErrorCode = keyof typeof CLIENT_ERROR_CODES

/**
 * Why a client is not connected, or why something asked of it did not succeed. `cause` is what lies behind: a
 * `SaslError`, `StreamError`, `TransportError`, `NegotiationError`, or the reason of an abort.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode

  constructor(code: ClientErrorCode, options: { readonly message?: string; readonly cause?: unknown } = {}) {
    const message = options.message ?? CLIENT_ERROR_CODES[code]
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
  }
}
