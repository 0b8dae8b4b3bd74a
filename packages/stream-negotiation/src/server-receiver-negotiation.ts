import { DIALBACK_NAMESPACE, dialbackError, readDialback, resultAnswer, verifyAnswer } from '@parlour/dialback'
import { SASL_NAMESPACE } from '@parlour/sasl'
import { CLIENT_NAMESPACE, SERVER_NAMESPACE } from '@parlour/stanza'
import { TLS_NAMESPACE } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import { STREAM_NAMESPACE } from '@parlour/xml-stream'
import { close, outOfTurn, refuse } from './closing.ts'
import { BIDIRECTIONAL_NAMESPACE } from './namespaces.ts'
import { isStanza } from './receiver-negotiation.ts'
import { takeTls } from './receiver-tls.ts'
import { takeAuth, takeResponse } from './server-receiver-external.ts'
import { goTo } from './server-receiver-steps.ts'
import type { ServerReceiverState, ServerReceiverStep, ServerReceiverStream } from './server-receiver-types.ts'
import { BIDIRECTIONAL, SECURE } from './stream-bits.ts'
import { readAnnouncedLimits } from './stream-limits.ts'

type Listening = Extract<
  ServerReceiverState,
  { name: 'awaiting-negotiation' | 'awaiting-response' | 'awaiting-external' | 'established' }
>
type Take = (stream: ServerReceiverStream, element: Element) => ServerReceiverStep

/** Takes a first-level element. Dialback goes on in all these states (XEP-0220 §2.2.1). */
export function takeElement(before: Listening, element: Element): ServerReceiverStep {
  const state = before.name === 'established' ? before : counted(before)
  const { stream } = state
  if (stream.elements > stream.policy.maxNegotiationElements) return refuse('policy-violation', 'too many elements')
  if (element.is('error', STREAM_NAMESPACE)) return close(true) // RFC 6120 §4.9.1.1
  if (element.namespace === DIALBACK_NAMESPACE) return takeDialback(state, element)
  return takers[state.name](stream, element)
}

const counted = <State extends Listening>(state: State): State => ({
  ...state,
  stream: { ...state.stream, elements: state.stream.elements + 1 },
})

const takers: { readonly [Name in Listening['name']]: Take } = {
  'awaiting-negotiation': (stream, element) => negotiation.get(element.namespace)?.(stream, element) ?? notNow(element),
  'awaiting-response': takeResponse,
  'awaiting-external': outOfTurn,
  established: (stream, element) => {
    if (isStanza(element) && isContent(element)) return goTo({ name: 'established', stream })
    return element.namespace === SASL_NAMESPACE
      ? refuse('not-authorized', 'already authenticated') // RFC 6120 §6.3.2
      : notNow(element)
  },
}

const negotiation: ReadonlyMap<string, Take> = new Map<string, Take>([
  [TLS_NAMESPACE, (stream, element) => takeTls(stream, stream.pair?.local ?? '', element)],
  [SASL_NAMESPACE, takeAuth],
  [BIDIRECTIONAL_NAMESPACE, takeBidirectional],
])

/** RFC 6120 §4.3.5: no stanza before authentication; §4.9.3.24 for what is not known here. */
const notNow = (element: Element): ServerReceiverStep =>
  refuse(isStanza(element) && isContent(element) ? 'not-authorized' : 'unsupported-stanza-type')

/** A driver may have moved stanzas into the namespace that it uses inside. */
const isContent = ({ namespace }: Element): boolean => namespace === SERVER_NAMESPACE || namespace === CLIENT_NAMESPACE

/** XEP-0288 §2.2: after TLS, and before authentication. Twice is as good as once. */
function takeBidirectional(stream: ServerReceiverStream, element: Element): ServerReceiverStep {
  if (!stream.policy.bidirectional || !(stream.bits & SECURE)) return refuse('unsupported-stanza-type')
  const next = { ...stream, bits: stream.bits | BIDIRECTIONAL }
  const state = { name: 'awaiting-negotiation', stream: next } as const
  return next.bits === stream.bits
    ? goTo(state)
    : goTo(state, { type: 'bidirectional', limits: readAnnouncedLimits(element) })
}

/** Without TLS it is an error of dialback, which leaves the stream (XEP-0220 §2.5). */
function takeDialback(state: Listening, element: Element): ServerReceiverStep {
  if (state.stream.bits & SECURE) return goTo(state, { type: 'dialback', element })
  const request = readDialback(element)
  const error = dialbackError('tls-required')
  switch (request?.kind) {
    case 'result-request':
      return goTo(state, { type: 'send', element: resultAnswer(request, error) })
    case 'verify-request':
      return goTo(state, { type: 'send', element: verifyAnswer(request, error) })
    case 'malformed':
      return refuse(request.condition)
    default:
      return refuse('policy-violation', 'nothing was asked') // XEP-0220 §3.1
  }
}
