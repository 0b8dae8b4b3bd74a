import type { TlsFailure } from '@parlour/tls-negotiation'

/** Why an initiating entity could not establish a stream, and what each code means. */
export const NEGOTIATION_ERROR_CODES = {
  'starttls-not-offered': 'TLS is required here and the server does not offer it, or somebody removed the offer',
  'starttls-required': 'the server requires TLS, which is switched off here',
  'starttls-refused': 'the server answered the STARTTLS command with a failure (RFC 6120 §5.4.2.2)',
  'starttls-unexpected-answer': 'the server answered the STARTTLS command with something else',
  'tls-failed': 'the TLS handshake failed or the certificate is not for this domain; see the cause',
  'unsupported-version': 'the server does not speak XMPP 1.0 (RFC 6120 §4.7.5)',
  'invalid-namespace': 'the content namespace of the stream is another one than ours (RFC 6120 §4.8.2)',
  'invalid-addresses': 'the server answered in the name of another domain, or to another one (RFC 6120 §4.7.1, §4.7.2)',
  'mechanisms-not-offered': 'the server offers no way to authenticate',
  'authentication-failed': 'the server did not accept the credentials, or could not prove itself; see the cause',
  'dialback-invalid': 'the key was found not to be ours (XEP-0220 §2.1.1)',
  'dialback-error': 'the server could not verify the dialback key; see the cause (XEP-0220 §2.4)',
  'bind-not-offered': 'the server offers no resource binding after authentication (RFC 6120 §7.4)',
  'bind-failed': 'the server refused to bind a resource; see the cause (RFC 6120 §7.6.2, §7.7.2)',
  'session-failed': 'the server requires the session of RFC 3921 and refused it; see the cause',
  'invalid-address': 'the server bound something that is not a full JID',
  'unexpected-element': 'the server sent something out of turn',
  'stream-error': 'the server ended the stream with an error; see the cause',
  'stream-closed': 'the server closed the stream before it was established',
  'connection-lost': 'the connection ended before the stream was established; see the cause',
  timeout: 'the stream was not established in time',
  aborted: 'the caller gave up; see the cause',
} as const satisfies Record<TlsFailure, string> & Record<string, string>

/** A code of {@link NEGOTIATION_ERROR_CODES}. */
export type NegotiationErrorCode = keyof typeof NEGOTIATION_ERROR_CODES

/** An initiating entity could not establish a stream. `code` says why; `cause` is what lies behind, where there is such. */
export class NegotiationError extends Error {
  override readonly name = 'NegotiationError'
  readonly code: NegotiationErrorCode

  constructor(code: NegotiationErrorCode, options: { readonly message?: string; readonly cause?: unknown } = {}) {
    super(options.message ?? NEGOTIATION_ERROR_CODES[code], 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
  }
}
