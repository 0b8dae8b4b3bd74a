/** XEP-0313: Message Archive Management, version 1.1.3; also the service discovery feature and the FORM_TYPE. */
export const ARCHIVE_NAMESPACE = 'urn:xmpp:mam:2'
/** The feature of archives with `before-id`, `after-id`, `ids`, flipped pages and metadata (XEP-0313 §7). */
export const ARCHIVE_EXTENDED_FEATURE = 'urn:xmpp:mam:2#extended'
/** The feature of archives that know the field `include-groupchat` (XEP-0313 §7). */
export const ARCHIVE_GROUPCHAT_FEATURE = 'urn:xmpp:mam:2#groupchat-field'
/** XEP-0431: Full Text Search in MAM, version 0.2.0; also the service discovery feature. */
export const FULLTEXT_NAMESPACE = 'urn:xmpp:fulltext:0'
/** The field of a query that has the words to search for (XEP-0431 §3.1). */
export const FULLTEXT_FIELD = `{${FULLTEXT_NAMESPACE}}fulltext`
