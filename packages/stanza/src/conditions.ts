/** What the sender of the faulty stanza may do next (RFC 6120 §8.3.2). */
export type StanzaErrorType = 'auth' | 'cancel' | 'continue' | 'modify' | 'wait'

/**
 * The defined conditions and the type that RFC 6120 §8.3.3 recommends for each. Where it names two (or, for
 * `undefined-condition`, any), the first one that fits more cases stands here.
 */
export const DEFAULT_TYPES = {
  'bad-request': 'modify',
  conflict: 'cancel',
  'feature-not-implemented': 'cancel',
  forbidden: 'auth',
  gone: 'cancel',
  'internal-server-error': 'cancel',
  'item-not-found': 'cancel',
  'jid-malformed': 'modify',
  'not-acceptable': 'modify',
  'not-allowed': 'cancel',
  'not-authorized': 'auth',
  'policy-violation': 'modify',
  'recipient-unavailable': 'wait',
  redirect: 'modify',
  'registration-required': 'auth',
  'remote-server-not-found': 'cancel',
  'remote-server-timeout': 'wait',
  'resource-constraint': 'wait',
  'service-unavailable': 'cancel',
  'subscription-required': 'auth',
  'undefined-condition': 'cancel',
  'unexpected-request': 'wait',
} as const satisfies Readonly<Record<string, StanzaErrorType>>

/** A condition of RFC 6120 §8.3.3. */
export type StanzaErrorCondition = keyof typeof DEFAULT_TYPES

const TYPES: ReadonlySet<string> = new Set<StanzaErrorType>(['auth', 'cancel', 'continue', 'modify', 'wait'])

/** Whether `text` names a condition of RFC 6120 §8.3.3. */
export function isStanzaErrorCondition(text: string): text is StanzaErrorCondition {
  return Object.hasOwn(DEFAULT_TYPES, text)
}

/** Whether `text` is one of the five types of RFC 6120 §8.3.2. */
export function isStanzaErrorType(text: string | undefined): text is StanzaErrorType {
  return text !== undefined && TYPES.has(text)
}
