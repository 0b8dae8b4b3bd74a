import { opaqueString, prepareLocal } from '@parlour/jid'
import { SaslError, type SaslErrorCode } from './sasl-error.ts'

type Prepare = (text: string) => string

/** Runs a preparation; its throw, an empty result or a NUL become a {@link SaslError} of code `code`. */
export function prepareOrThrow(prepare: Prepare, text: string, code: SaslErrorCode): string {
  let prepared: string
  try {
    prepared = prepare(text)
  } catch (cause) {
    throw cause instanceof SaslError ? cause : new SaslError(code, { cause })
  }
  if (prepared === '' || prepared.includes('\0')) throw new SaslError(code)
  return prepared
}

/**
 * Default preparation of a password: OpaqueString (RFC 8265 §4.2).
 * @throws {SaslError} `invalid-password`
 */
export const preparePassword: Prepare = (password) => prepareOrThrow(opaqueString, password, 'invalid-password')

/**
 * Default preparation of a user name by a server: UsernameCaseMapped, as for a localpart (RFC 7622 §3.3).
 * @throws {SaslError} `invalid-username`
 */
export const prepareUsername: Prepare = (username) => prepareOrThrow(prepareLocal, username, 'invalid-username')
