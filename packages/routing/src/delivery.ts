import type { RoutedSession } from './session-directory.ts'

/** Who handles a stanza that is for no session. */
export type Handler =
  /** The server on behalf of the account: an iq to a bare JID (RFC 6121 §8.5.2.1.3). */
  | 'account'
  /** The subscription and probe rules of RFC 6121 §3 and §4.3. */
  | 'presence'
  /** The server itself or a service it hosts: an address without localpart, or of a hosted service. */
  | 'service'

/** The errors that routing itself answers with. */
export type BounceCondition = 'service-unavailable' | 'forbidden' | 'remote-server-not-found'

/** What is to be done with a stanza: data, carried out by the caller. */
export type Delivery<S extends RoutedSession> =
  /** To these sessions, at least one, with `to` unchanged. */
  | { readonly kind: 'deliver'; readonly sessions: readonly S[] }
  /** Into offline storage, to be sent when the account next has a session. */
  | { readonly kind: 'store' }
  | { readonly kind: 'handle'; readonly by: Handler }
  /** To the external component which serves the domain (XEP-0114). */
  | { readonly kind: 'component'; readonly domain: string }
  /** To another server. */
  | { readonly kind: 'remote'; readonly domain: string }
  /** Back to the sender as an error, unless it must not be answered. */
  | { readonly kind: 'bounce'; readonly condition: BounceCondition }
  | { readonly kind: 'drop' }

/** The outcomes which carry nothing, made once. */
export const STORE = { kind: 'store' } as const
export const DROP = { kind: 'drop' } as const
export const UNAVAILABLE = { kind: 'bounce', condition: 'service-unavailable' } as const
export const HANDLE_ACCOUNT = { kind: 'handle', by: 'account' } as const
export const HANDLE_PRESENCE = { kind: 'handle', by: 'presence' } as const
export const HANDLE_SERVICE = { kind: 'handle', by: 'service' } as const
