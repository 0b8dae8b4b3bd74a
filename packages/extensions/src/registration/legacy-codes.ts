import { StanzaError, type StanzaErrorCondition } from '@parlour/stanza'
import type { Element } from '@parlour/xml'

/** XEP-0086 §2, of the conditions that registration has. */
const LEGACY_CODES: Readonly<Partial<Record<StanzaErrorCondition, string>>> = {
  'bad-request': '400',
  conflict: '409',
  forbidden: '403',
  'internal-server-error': '500',
  'not-acceptable': '406',
  'not-allowed': '405',
  'not-authorized': '401',
  'registration-required': '407',
  'resource-constraint': '500',
  'service-unavailable': '503',
  'unexpected-request': '400',
}

class LegacyStanzaError extends StanzaError {
  override toElement(contentNamespace?: string): Element {
    return super.toElement(contentNamespace).withAttributes({ code: LEGACY_CODES[this.condition] })
  }
}

/**
 * Does a piece of work whose stanza errors have the old codes too (XEP-0077 §9: "MUST support both old-style and
 * new-style error handling").
 */
export async function withLegacyCodes<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StanzaError)) throw error
    const { condition, text, type, cause } = error
    throw new LegacyStanzaError(condition, text, { type, cause })
  }
}
