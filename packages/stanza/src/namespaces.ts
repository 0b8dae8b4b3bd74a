/** Content namespace of streams between client and server (RFC 6120 §4.8.3). */
export const CLIENT_NAMESPACE = 'jabber:client'
/** Content namespace of streams between servers (RFC 6120 §4.8.3). */
export const SERVER_NAMESPACE = 'jabber:server'
/** Namespace of the defined conditions of stanza errors (RFC 6120 §8.3.2). */
export const STANZAS_ERROR_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-stanzas'
