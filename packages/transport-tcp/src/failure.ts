import { TransportError, type TransportErrorCode } from '@parlour/transport'

const CODES: Readonly<Record<string, TransportErrorCode>> = {
  ECONNREFUSED: 'refused',
  EACCES: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ABORT_ERR: 'aborted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
}

/** The verification results of OpenSSL, as Node names them. */
const CERTIFICATE_FAULT = /CERT|SELF_SIGNED|ISSUER|CRL|SIGNATURE|HOSTNAME|INVALID_PURPOSE|INVALID_CA|PATH_LENGTH/

/** The platform's error as a {@link TransportError}; one that is already passes unchanged. */
export function failure(error: unknown): TransportError {
  if (error instanceof TransportError) return error
  if (!(error instanceof Error)) return new TransportError('reset', String(error))
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return new TransportError(codeOf(code), error.message || code, { cause: error })
}

function codeOf(code: string): TransportErrorCode {
  const known = CODES[code]
  if (known) return known
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'tls'
  return CERTIFICATE_FAULT.test(code) ? 'certificate' : 'reset'
}
