/** Namespace of `<stream/>`, `<features/>` and `<error/>` (RFC 6120 §4.8.1). */
export const STREAM_NAMESPACE = 'http://etherx.jabber.org/streams'
/** Namespace of the conditions of stream errors (RFC 6120 §4.9.2). */
export const STREAMS_ERROR_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-streams'
/** Namespace of `<open/>` and `<close/>` (RFC 7395 §3.3.2). */
export const FRAMING_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-framing'
/** Namespace of dialback, declared on the headers of servers that know it (XEP-0220 §2.4.1). */
export const DIALBACK_NAMESPACE = 'jabber:server:dialback'
/** Content namespaces of XMPP (RFC 6120 §4.8.3). */
export const CONTENT_NAMESPACES: readonly string[] = Object.freeze(['jabber:client', 'jabber:server'])
