/** Namespace of `<mechanisms/>` and of SASL elements (RFC 6120 §6.2). */
export const SASL_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-sasl'
/** Namespace of resource binding (RFC 6120 §7.1). */
export const BIND_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-bind'
/** Namespace of the session element of RFC 3921 §3, which RFC 6121 drops and old clients still send. */
export const SESSION_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-session'
/** Namespace of `<stream/>` and `<features/>` (RFC 6120 §4.8.1). */
export const STREAM_NAMESPACE = 'http://etherx.jabber.org/streams'
/** Content namespace of client-to-server streams (RFC 6120 §4.8.2). */
export const CLIENT_CONTENT_NAMESPACE = 'jabber:client'
