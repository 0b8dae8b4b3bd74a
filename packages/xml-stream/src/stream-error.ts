import { type Element, el } from '@parlour/xml'
import { STREAM_NAMESPACE, STREAMS_ERROR_NAMESPACE } from './namespaces.ts'

/** All conditions of RFC 6120 §4.9.3. */
export const STREAM_ERROR_CONDITIONS = [
  'bad-format',
  'bad-namespace-prefix',
  'conflict',
  'connection-timeout',
  'host-gone',
  'host-unknown',
  'improper-addressing',
  'internal-server-error',
  'invalid-from',
  'invalid-namespace',
  'invalid-xml',
  'not-authorized',
  'not-well-formed',
  'policy-violation',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'restricted-xml',
  'see-other-host',
  'system-shutdown',
  'undefined-condition',
  'unsupported-encoding',
  'unsupported-feature',
  'unsupported-stanza-type',
  'unsupported-version',
] as const

/** A condition of RFC 6120 §4.9.3. */
export type StreamErrorCondition = (typeof STREAM_ERROR_CONDITIONS)[number]

const KNOWN: ReadonlySet<string> = new Set(STREAM_ERROR_CONDITIONS)

/** What a {@link StreamError} may carry beside its condition and text. */
export interface StreamErrorOptions {
  /** An application-specific condition (RFC 6120 §4.9.4). */
  readonly application?: Element | undefined
  /** Where to go instead, `domain` or `domain:port`: only with `see-other-host` (RFC 6120 §4.9.3.19). */
  readonly otherHost?: string | undefined
  /** Language of the text. */
  readonly lang?: string | undefined
  readonly cause?: unknown
}

/**
 * An error that ends the stream (RFC 6120 §4.9): detected here, or received.
 *
 * @example new StreamError('conflict', 'replaced by a new connection').toElement()
 */
export class StreamError extends Error {
  override readonly name = 'StreamError'
  readonly condition: StreamErrorCondition
  readonly text: string | undefined
  readonly lang: string | undefined
  readonly application: Element | undefined
  readonly otherHost: string | undefined

  constructor(condition: StreamErrorCondition, text?: string, options: StreamErrorOptions = {}) {
    super(
      text === undefined ? condition : `${condition}: ${text}`,
      options.cause === undefined ? {} : { cause: options.cause },
    )
    this.condition = condition
    this.text = text
    this.lang = options.lang
    this.application = options.application
    this.otherHost = options.otherHost
  }

  /** The `<error/>` in the stream namespace (RFC 6120 §4.9.2). */
  toElement(): Element {
    const { condition, otherHost, text, lang, application } = this
    return el(
      'error',
      STREAM_NAMESPACE,
      {},
      el(condition, STREAMS_ERROR_NAMESPACE, {}, otherHost),
      text !== undefined && el('text', STREAMS_ERROR_NAMESPACE, { 'xml:lang': lang }, text),
      application,
    )
  }

  /** Reads a stream error. An unknown or missing condition counts as `undefined-condition` (RFC 6120 §4.9.2). */
  static fromElement(element: Element): StreamError {
    const children = element.elements()
    const conditionElement = children.find(
      (child) => child.namespace === STREAMS_ERROR_NAMESPACE && child.name !== 'text',
    )
    const textElement = element.child('text', STREAMS_ERROR_NAMESPACE)
    const name = conditionElement?.name ?? ''
    const condition = KNOWN.has(name) ? (name as StreamErrorCondition) : 'undefined-condition'
    return new StreamError(condition, textElement?.text(), {
      application: children.find((child) => child.namespace !== STREAMS_ERROR_NAMESPACE),
      otherHost: condition === 'see-other-host' ? conditionElement?.text().trim() || undefined : undefined,
      lang: textElement?.attribute('xml:lang'),
    })
  }
}
