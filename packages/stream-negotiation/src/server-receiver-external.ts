import {
  challengeElement,
  failureElement,
  isSaslElement,
  readMessage,
  type SaslCondition,
  successElement,
} from '@parlour/sasl'
import { mayAuthenticate } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import { outOfTurn, refuse } from './closing.ts'
import { readDomain } from './domain.ts'
import { EXTERNAL } from './server-features.ts'
import { awaitNegotiation, establish, goTo } from './server-receiver-steps.ts'
import type { ExternalResult, ServerReceiverStep, ServerReceiverStream } from './server-receiver-types.ts'
import { AUTHENTICATED } from './stream-bits.ts'

declare const TextDecoder: new (label: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string }

/** Takes an element of SASL while the peer has the turn (RFC 6120 §6.4, XEP-0178 §3). */
export function takeAuth(stream: ServerReceiverStream, element: Element): ServerReceiverStep {
  if (!mayAuthenticate(stream.tls)) return failed(stream, 'encryption-required') // §6.5.4
  if (element.name === 'abort') return failed(stream, 'aborted') // §6.4.4
  if (element.name !== 'auth') return failed(stream, 'malformed-request')
  if (element.attribute('mechanism') !== EXTERNAL || !stream.policy.externalOffered(stream.pair?.remote))
    return failed(stream, 'invalid-mechanism') // §6.5.7
  const message = readMessage(element)
  if (message === undefined)
    // RFC 4422 appendix A: the client speaks first
    return goTo({ name: 'awaiting-response', stream }, { type: 'send', element: challengeElement(new Uint8Array(0)) })
  return takeIdentity(stream, message)
}

/** Takes the answer to the empty challenge; an empty `<response/>` is no octets. */
export function takeResponse(stream: ServerReceiverStream, element: Element): ServerReceiverStep {
  if (!isSaslElement(element)) return outOfTurn()
  if (element.name !== 'response') return failed(stream, element.name === 'abort' ? 'aborted' : 'malformed-request')
  return takeIdentity(stream, readMessage(element) ?? new Uint8Array(0))
}

/** Takes what the driver found out about the certificate. */
export function takeExternalResult(stream: ServerReceiverStream, result: ExternalResult): ServerReceiverStep {
  if (!result.ok) return failed(stream, 'not-authorized', result.text)
  const { remote } = stream.pair ?? {}
  if (remote !== undefined && result.domain !== remote) return failed(stream, 'not-authorized')
  const bits = stream.bits | AUTHENTICATED
  return goTo(
    { name: 'awaiting-header', stream: { ...stream, bits, authenticated: result.domain } },
    { type: 'send', element: successElement() },
    { type: 'restart' }, // RFC 6120 §6.3.2
  )
}

/** An authorization identity is the domain of the stream's `from`, where there is one; no octets mean just that (§6.3.8). */
function takeIdentity(stream: ServerReceiverStream, message: Uint8Array | SaslCondition): ServerReceiverStep {
  if (typeof message === 'string') return failed(stream, message)
  const from = stream.pair?.remote
  const authzid = message.length === 0 ? undefined : readDomain(decode(message))
  const claimed = authzid ?? from
  if ((message.length > 0 && authzid === undefined) || claimed === undefined || claimed !== (from ?? claimed))
    return failed(stream, 'invalid-authzid') // RFC 6120 §6.5.6
  return goTo({ name: 'awaiting-external', stream }, { type: 'verify-external', from, authzid })
}

function decode(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    return undefined // what is no text names nobody
  }
}

/** RFC 6120 §6.4.5: a bounded number of tries, and dialback in between (XEP-0178 §3 step 11). */
function failed(stream: ServerReceiverStream, condition: SaslCondition, text?: string): ServerReceiverStep {
  const authenticationFailures = stream.authenticationFailures + 1
  const answer = { type: 'send', element: failureElement(condition, text) } as const
  if (authenticationFailures >= stream.policy.maxAuthenticationFailures)
    return refuse('policy-violation', 'too many failed authentications', answer)
  const next: ServerReceiverStream = { ...stream, authenticationFailures }
  return next.dialedBack ? establish(next, next.dialedBack, 'dialback', answer) : awaitNegotiation(next, answer)
}
