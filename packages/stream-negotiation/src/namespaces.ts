/** Namespace of resource binding (RFC 6120 §7.1). */
export const BIND_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-bind'
/** Namespace of the session element of RFC 3921 §3, which RFC 6121 drops and old clients still send. */
export const SESSION_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-session'
/** Namespace of the feature that offers both directions (XEP-0288 §2.1). */
export const BIDIRECTIONAL_FEATURE_NAMESPACE = 'urn:xmpp:features:bidi'
/** Namespace of `<bidi/>`, which opens both directions (XEP-0288 §2.2). */
export const BIDIRECTIONAL_NAMESPACE = 'urn:xmpp:bidi'
