import type { SaslCondition } from './conditions.ts'

/** What each code of a {@link SaslError} means. */
export const SASL_ERROR_CODES = {
  'no-acceptable-mechanism': 'nothing that the server offers is acceptable to this client',
  'channel-binding-downgrade': 'the offer has been tampered with or is inconsistent (XEP-0440 §3, XEP-0474, XEP-0515)',
  'malformed-challenge': "the server's message violates the mechanism's syntax",
  'unexpected-message': 'the server sent a message out of turn',
  'nonce-mismatch': "the server's nonce does not extend the client's (RFC 5802 §5.1)",
  'iteration-count-out-of-bounds': 'the iteration count is below or above the bounds of this client',
  'server-not-authenticated': "the server's signature is wrong or missing: it does not know the password",
  'invalid-username': 'the user name cannot be prepared or is empty',
  'invalid-password': 'the password cannot be prepared or is empty',
  'invalid-credentials': 'stored credentials are not readable',
  crypto: 'the cryptography port failed; see the cause',
  failure: 'the server refused; see the condition',
} as const
export type SaslErrorCode = keyof typeof SASL_ERROR_CODES

/** Why authentication did not succeed. `code` is of {@link SASL_ERROR_CODES}; `condition` comes with code `failure`. */
export class SaslError extends Error {
  override readonly name = 'SaslError'
  readonly code: SaslErrorCode
  /** The condition that the server gave (RFC 6120 §6.5). */
  readonly condition: SaslCondition | undefined
  /** The server's `<text/>`. */
  readonly text: string | undefined

  constructor(
    code: SaslErrorCode,
    options: { message?: string; condition?: SaslCondition; text?: string | undefined; cause?: unknown } = {},
  ) {
    super(options.message ?? SASL_ERROR_CODES[code], 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.condition = options.condition
    this.text = options.text
  }
}
