import { isTokenMechanismName, type TokenMechanismName } from '@parlour/sasl'
import { type Element, el } from '@parlour/xml'
import type { IssuedToken } from './device-tokens.ts'

/** Namespace of Fast Authentication Streamlining Tokens (XEP-0484). */
export const FAST_NAMESPACE = 'urn:xmpp:fast:0'

/** `<fast/>` in `<inline/>`; 0-RTT is not offered (XEP-0484 §3.1). */
export const fastFeature = (mechanisms: readonly TokenMechanismName[]): Element =>
  el('fast', FAST_NAMESPACE, {}, ...mechanisms.map((name) => el('mechanism', FAST_NAMESPACE, {}, name)))

/** What a request says of tokens. */
export interface FastRequest {
  /** The mechanism's secret is a token. */
  readonly isToken: boolean
  /** The token is not to be used again. */
  readonly invalidates: boolean
  /** A token is wanted, for this mechanism. */
  readonly wanted: TokenMechanismName | undefined
}

/** Reads `<fast/>` and `<request-token/>` (XEP-0484 §3.2, §3.4, §3.6). */
export function readFastRequest(inline: readonly Element[]): FastRequest {
  const find = (name: string) => inline.find((element) => element.is(name, FAST_NAMESPACE))
  const fast = find('fast')
  const wanted = find('request-token')?.attribute('mechanism')
  return {
    isToken: fast !== undefined,
    invalidates: ['1', 'true'].includes(fast?.attribute('invalidate') ?? ''),
    wanted: wanted !== undefined && isTokenMechanismName(wanted) ? wanted : undefined,
  }
}

/** `<token/>` for `<success/>` (XEP-0484 §3.3). */
export const tokenElement = ({ token, expires }: IssuedToken): Element =>
  el('token', FAST_NAMESPACE, { token, expiry: new Date(expires).toISOString() })
