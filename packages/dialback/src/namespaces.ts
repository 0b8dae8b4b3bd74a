/** Namespace of `<db:result/>` and `<db:verify/>` (XEP-0220 §2). */
export const DIALBACK_NAMESPACE = 'jabber:server:dialback'

/** Namespace of the stream feature `<dialback/>` (XEP-0220 §2.4.2). */
export const DIALBACK_FEATURE_NAMESPACE = 'urn:xmpp:features:dialback'

/**
 * What the stream header declares, and so says that dialback is spoken here (XEP-0220 §2.4.1); elements are then
 * written with the prefix, which some servers insist on. For `prefixes` of a `StreamWriter`.
 */
export const DIALBACK_PREFIXES: Readonly<Record<string, string>> = { [DIALBACK_NAMESPACE]: 'db' }

/** Content namespace of streams between servers; the `<error/>` in an answer is in it (XEP-0220 §2.5). */
export const CONTENT_NAMESPACE = 'jabber:server'
