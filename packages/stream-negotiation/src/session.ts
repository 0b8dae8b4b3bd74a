import { resultReply } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { SESSION_NAMESPACE } from './namespaces.ts'

/** Whether an element is the session request of RFC 3921 §3, which old clients send after binding. */
export function isSessionRequest(element: Element): boolean {
  return (
    element.name === 'iq' &&
    element.attributes.type === 'set' &&
    element.child('session', SESSION_NAMESPACE) !== undefined
  )
}

/** The empty result that such a request gets. */
export function sessionResult(request: Element): Element {
  return resultReply(request)
}
