import { type Element, el } from '@parlour/xml'
import {
  DEFAULT_TYPES,
  isStanzaErrorCondition,
  isStanzaErrorType,
  type StanzaErrorCondition,
  type StanzaErrorType,
} from './conditions.ts'
import { CLIENT_NAMESPACE, STANZAS_ERROR_NAMESPACE } from './namespaces.ts'

/** What a {@link StanzaError} may carry beside its condition and text. */
export interface StanzaErrorOptions {
  /** Default: the type that RFC 6120 §8.3.3 recommends for the condition. */
  readonly type?: StanzaErrorType | undefined
  /** An application-specific condition (RFC 6120 §8.3.4). */
  readonly application?: Element | undefined
  /** The address of who reports the error (RFC 6120 §8.3.1 rule 5). */
  readonly by?: string | undefined
  /** The new address, a URI or IRI, of `gone` (RFC 6120 §8.3.3.5) and `redirect` (§8.3.3.14). */
  readonly uri?: string | undefined
  /** Language of the text (RFC 6120 §8.3.2). */
  readonly lang?: string | undefined
  readonly cause?: unknown
}

/**
 * The error of one stanza; the stream lives on (RFC 6120 §8.3). Thrown where a stanza is refused, and what an
 * `<error/>` received becomes.
 *
 * @example throw new StanzaError('item-not-found', 'no such node')
 */
export class StanzaError extends Error {
  override readonly name = 'StanzaError'
  readonly condition: StanzaErrorCondition
  readonly type: StanzaErrorType
  readonly text: string | undefined
  readonly lang: string | undefined
  readonly application: Element | undefined
  readonly by: string | undefined
  readonly uri: string | undefined

  constructor(condition: StanzaErrorCondition, text?: string, options: StanzaErrorOptions = {}) {
    super(
      text === undefined ? condition : `${condition}: ${text}`,
      options.cause === undefined ? {} : { cause: options.cause },
    )
    this.condition = condition
    this.type = options.type ?? DEFAULT_TYPES[condition]
    this.text = text
    this.lang = options.lang
    this.application = options.application
    this.by = options.by
    this.uri = options.uri
  }

  /**
   * The `<error/>` child of an error stanza (RFC 6120 §8.3.2).
   *
   * @param contentNamespace that of the stanza it goes into; default `jabber:client`
   */
  toElement(contentNamespace: string = CLIENT_NAMESPACE): Element {
    const { by, type, condition, uri, text, lang, application } = this
    return el(
      'error',
      contentNamespace,
      { by, type },
      el(condition, STANZAS_ERROR_NAMESPACE, {}, uri),
      text !== undefined && el('text', STANZAS_ERROR_NAMESPACE, { 'xml:lang': lang }, text),
      application,
    )
  }

  /**
   * Reads the `<error/>` of an error stanza, or such an element itself. A condition that is unknown or missing counts
   * as `undefined-condition` (RFC 6120 §8.3.2), an unknown type as the condition's default; nothing is thrown.
   */
  static fromElement(stanzaOrErrorElement: Element): StanzaError {
    const element = stanzaOrErrorElement.name === 'error' ? stanzaOrErrorElement : stanzaOrErrorElement.child('error')
    const children = element?.elements() ?? []
    const conditionElement = children.find(
      (child) => child.namespace === STANZAS_ERROR_NAMESPACE && child.name !== 'text',
    )
    const textElement = element?.child('text', STANZAS_ERROR_NAMESPACE)
    const name = conditionElement?.name ?? ''
    const condition = isStanzaErrorCondition(name) ? name : 'undefined-condition'
    const type = element?.attribute('type')
    return new StanzaError(condition, textElement?.text(), {
      type: isStanzaErrorType(type) ? type : undefined,
      application: children.find((child) => child.namespace !== STANZAS_ERROR_NAMESPACE),
      by: element?.attribute('by'),
      uri: conditionElement?.text().trim() || undefined,
      lang: textElement?.attribute('xml:lang'),
    })
  }
}
