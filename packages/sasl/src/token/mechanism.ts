import type { HashName } from '../crypto.ts'
import type { ChannelBindings, ChannelBindingType } from '../mechanism.ts'

/**
 * The mechanisms of hashed tokens (draft-schmaus-kitten-sasl-ht-09), by which FAST signs in (XEP-0484), in the order in
 * which they are offered and chosen: whoever can bind to the channel does.
 */
export const TOKEN_MECHANISM_NAMES = [
  'HT-SHA-512-EXPR',
  'HT-SHA-256-EXPR',
  'HT-SHA-512-ENDP',
  'HT-SHA-256-ENDP',
  'HT-SHA-512-NONE',
  'HT-SHA-256-NONE',
] as const

/** Name of a mechanism of hashed tokens. */
export type TokenMechanismName = (typeof TOKEN_MECHANISM_NAMES)[number]

/** What one of them is made of. */
export interface TokenVariant {
  readonly hash: HashName
  /** `undefined`: not bound to the channel. */
  readonly binding: ChannelBindingType | undefined
}

/** The family by name (§2 of the draft; NONE is of XEP-0484's deployments, and binds to nothing). */
export const TOKEN_VARIANTS: Readonly<Record<TokenMechanismName, TokenVariant>> = {
  'HT-SHA-512-EXPR': { hash: 'SHA-512', binding: 'tls-exporter' },
  'HT-SHA-256-EXPR': { hash: 'SHA-256', binding: 'tls-exporter' },
  'HT-SHA-512-ENDP': { hash: 'SHA-512', binding: 'tls-server-end-point' },
  'HT-SHA-256-ENDP': { hash: 'SHA-256', binding: 'tls-server-end-point' },
  'HT-SHA-512-NONE': { hash: 'SHA-512', binding: undefined },
  'HT-SHA-256-NONE': { hash: 'SHA-256', binding: undefined },
}

/** Whether `name` is a mechanism of hashed tokens. */
export const isTokenMechanismName = (name: string): name is TokenMechanismName => Object.hasOwn(TOKEN_VARIANTS, name)

/**
 * The mechanism to ask a token for: the first of {@link TOKEN_MECHANISM_NAMES} that the server offers and whose binding
 * this connection has. `undefined`: there is none.
 */
export const chooseTokenMechanism = (
  offered: readonly string[],
  bindings?: ChannelBindings,
): TokenMechanismName | undefined =>
  TOKEN_MECHANISM_NAMES.find((name) => {
    const { binding } = TOKEN_VARIANTS[name]
    return offered.includes(name) && (binding === undefined || bindings?.get(binding) !== undefined)
  })
