import type { SaslCrypto } from '../crypto.ts'
import type { SaslError } from '../sasl-error.ts'
import type { SaslOffer } from '../scram/downgrade-protection.ts'
import type { SaltedPasswordCache } from './salted-password-cache.ts'

/** The options of the client half with every default filled in, as its mechanisms see them. */
export interface ClientContext {
  readonly username: string
  readonly password: string
  readonly authorizationId: string | undefined
  readonly randomBytes: (length: number) => Uint8Array
  readonly crypto: SaslCrypto
  readonly minimumIterations: number
  readonly maximumIterations: number
  /** What was read of the server's offer, to compare with what it signs (XEP-0474). */
  readonly offer: SaslOffer
  /** The offer looks tampered with: the server has to sign it (XEP-0474 §7). */
  readonly mustSignOffer: boolean
  /** The value of XEP-0515's attribute. */
  readonly tlsVersion: string | undefined
  readonly saltedPasswords: SaltedPasswordCache | undefined
}

/** What a step answers: the message to send and what is then waited for, or why the server is not to be trusted. */
export type ClientStep<State> = { readonly state: State; readonly response: Uint8Array } | { readonly error: SaslError }

/** How an exchange begins. */
export interface ClientBeginning<State> {
  readonly state: State
  readonly response: Uint8Array
}
