/** Every condition of RFC 6120 §6.5, with what it says, for logs and for people. */
export const SASL_CONDITIONS = {
  aborted: 'the initiating entity aborted the handshake (RFC 6120 §6.5.1)',
  'account-disabled': 'the account has been temporarily disabled (RFC 6120 §6.5.2)',
  'credentials-expired': 'the credentials have expired (RFC 6120 §6.5.3)',
  'encryption-required': 'the mechanism cannot be used unless the stream is encrypted (RFC 6120 §6.5.4)',
  'incorrect-encoding': 'the base 64 encoding is incorrect (RFC 6120 §6.5.5)',
  'invalid-authzid': 'the authorization identity is malformed or not permitted (RFC 6120 §6.5.6)',
  'invalid-mechanism': 'the mechanism is missing or not offered (RFC 6120 §6.5.7)',
  'malformed-request': "the request violates the mechanism's syntax (RFC 6120 §6.5.8)",
  'mechanism-too-weak': 'the mechanism is weaker than policy permits (RFC 6120 §6.5.9)',
  'not-authorized': 'no proper credentials were provided (RFC 6120 §6.5.10)',
  'temporary-auth-failure': 'the server is temporarily unable to authenticate (RFC 6120 §6.5.11)',
} as const

/** A defined condition of a SASL failure (RFC 6120 §6.5). */
export type SaslCondition = keyof typeof SASL_CONDITIONS

/** Whether `name` is a condition of RFC 6120 §6.5. */
export const isSaslCondition = (name: string): name is SaslCondition => Object.hasOwn(SASL_CONDITIONS, name)
