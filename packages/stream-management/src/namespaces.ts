/** Namespace of Stream Management, also that of its stream feature (XEP-0198 §2, §12.1). */
export const SM_NAMESPACE = 'urn:xmpp:sm:3'
