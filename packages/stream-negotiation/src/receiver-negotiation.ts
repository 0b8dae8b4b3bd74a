import { isJid, parseJid } from '@parlour/jid'
import { failureElement, SASL_NAMESPACE, SASL2_NAMESPACE } from '@parlour/sasl'
import { CLIENT_NAMESPACE, errorReply, resultReply, StanzaError } from '@parlour/stanza'
import { mayAuthenticate, TLS_NAMESPACE } from '@parlour/tls-negotiation'
import { type Element, el } from '@parlour/xml'
import { refuse } from './closing.ts'
import { BIND_NAMESPACE } from './namespaces.ts'
import { afterFailure, awaitNegotiation, goTo } from './receiver-steps.ts'
import { takeTls } from './receiver-tls.ts'
import type { ReceiverOutput, ReceiverStep, ReceiverStream } from './receiver-types.ts'
import { takeSasl2 } from './sasl2-receiver.ts'

/** Takes a first-level element while the client has the turn. */
export function takeElement(before: ReceiverStream, element: Element): ReceiverStep {
  const stream: ReceiverStream = { ...before, elements: before.elements + 1 }
  if (stream.elements > stream.policy.maxNegotiationElements) return refuse('policy-violation', 'too many elements')
  if (element.namespace === TLS_NAMESPACE) return takeTls(stream, stream.host?.domain ?? '', element)
  if (element.namespace === SASL_NAMESPACE) return takeSasl(stream, element)
  if (element.namespace === SASL2_NAMESPACE) return takeSasl2(stream, element)
  if (element.namespace === CLIENT_NAMESPACE) return takeStanza(stream, element)
  if (stream.account && stream.host?.negotiationNamespaces.has(element.namespace))
    return goTo(
      { name: 'awaiting-extension', stream },
      { type: 'negotiate-extension', account: stream.account, element },
    )
  return refuse('unsupported-stanza-type') // RFC 6120 §4.9.3.24
}

function takeSasl(stream: ReceiverStream, element: Element): ReceiverStep {
  if (stream.account) return refuse('not-authorized', 'already authenticated') // RFC 6120 §6.3.2
  if (mayAuthenticate(stream.tls)) return goTo({ name: 'awaiting-sasl', stream }, { type: 'authenticate', element })
  return afterFailure(stream, { type: 'send', element: failureElement('encryption-required') }) // §6.5.4
}

function takeStanza(stream: ReceiverStream, element: Element): ReceiverStep {
  if (!isStanza(element)) return refuse('unsupported-stanza-type')
  if (stream.account) return isBindRequest(element) ? takeBind(stream, element) : refuse('not-authorized') // §4.3.5, §7.1
  return isServerRequest(stream, element) ? takeRequest(stream, element) : refuse('not-authorized')
}

function takeBind(stream: ReceiverStream, request: Element): ReceiverStep {
  const account = stream.account
  if (!account) return refuse('not-authorized')
  if (request.attribute('id') === undefined)
    return refuseBind(stream, request, new StanzaError('bad-request', 'an iq needs an id')) // §8.2.3
  const resource = request.child('bind', BIND_NAMESPACE)?.childText('resource', BIND_NAMESPACE)
  return goTo(
    { name: 'awaiting-binding', stream, request },
    { type: 'bind', account, resource: resource === '' ? undefined : resource },
  )
}

/** The result of a bind request (RFC 6120 §7.6.1). */
export function bindResult(request: Element, jid: string): Element {
  return resultReply(request, el('bind', BIND_NAMESPACE, {}, el('jid', BIND_NAMESPACE, {}, jid)))
}

/** RFC 6120 §7.7.3: the client may try again, a bounded number of times. */
export function refuseBind(stream: ReceiverStream, request: Element, error: StanzaError): ReceiverStep {
  const bindFailures = stream.bindFailures + 1
  const reply = errorReply(request, error)
  const first: ReceiverOutput[] = reply ? [{ type: 'send', element: reply }] : []
  return bindFailures >= stream.policy.maxBindFailures
    ? refuse('policy-violation', 'too many failed attempts to bind', ...first)
    : awaitNegotiation({ ...stream, bindFailures }, ...first)
}

/** In-band registration and the like: an IQ request to the server itself, and only where authentication could begin too. */
function isServerRequest(stream: ReceiverStream, element: Element): boolean {
  return (
    stream.host?.takesRequestsBeforeAuthentication === true &&
    mayAuthenticate(stream.tls) &&
    element.name === 'iq' &&
    ['get', 'set'].includes(element.attribute('type') ?? '') &&
    isAddressedTo(stream.host.domain, element.attribute('to'))
  )
}

function isAddressedTo(domain: string, to: string | undefined): boolean {
  return to === undefined || (isJid(to) && parseJid(to).toString() === domain)
}

function takeRequest(stream: ReceiverStream, element: Element): ReceiverStep {
  const requests = stream.requests + 1
  return requests > stream.policy.maxRequestsBeforeAuthentication
    ? refuse('policy-violation', 'too many requests before authentication')
    : awaitNegotiation({ ...stream, requests }, { type: 'request-before-authentication', element })
}

/** Whether an element has the name of a stanza; its namespace is the stream's affair. */
export function isStanza(element: Element): boolean {
  return element.name === 'iq' || element.name === 'message' || element.name === 'presence'
}

function isBindRequest(element: Element): boolean {
  return (
    element.name === 'iq' && element.attribute('type') === 'set' && element.child('bind', BIND_NAMESPACE) !== undefined
  )
}
