import { CLIENT_NAMESPACE, resultReply } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { SESSION_NAMESPACE } from './namespaces.ts'

/**
 * Whether an element is the session request of RFC 3921 §3, which old clients send after binding: to the server, with an
 * id, and nothing else in it. Anything else is a stanza as any other.
 *
 * @param domain of the server
 */
export function isSessionRequest(element: Element, domain: string): boolean {
  const { id, to, type } = element.attributes
  return (
    type === 'set' &&
    element.is('iq', CLIENT_NAMESPACE) &&
    id !== undefined &&
    (to === undefined || to === domain) &&
    element.child()?.is('session', SESSION_NAMESPACE) === true &&
    element.elements().length === 1
  )
}

/** The empty result that such a request gets. */
export function sessionResult(request: Element): Element {
  return resultReply(request.withAttributes({ from: undefined }))
}
