import type { Element } from '@parlour/xml'

/** A content namespace (RFC 6120 §4.8.2) that is delivered as another. */
export interface ContentNamespace {
  /** As written in the stream. */
  readonly from: string
  /** As delivered. */
  readonly to: string
}

/**
 * A first-level element in the namespace in which it was written, for what is not a stanza and is known by it, such as
 * the handshake of XEP-0114.
 *
 * @example asWritten(handshake, { from: 'jabber:component:accept', to: 'jabber:client' })
 */
export function asWritten(element: Element, { from, to }: ContentNamespace): Element {
  return element.namespace === from ? element.withNamespace(from, to) : element.withNamespace(to, from)
}
