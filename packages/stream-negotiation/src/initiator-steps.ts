import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { StreamError, type StreamErrorCondition, type StreamHeader } from '@parlour/xml-stream'
import type { InitiatorOutput, InitiatorState, InitiatorStep, InitiatorStream } from './initiator-types.ts'
import { NegotiationError, type NegotiationErrorCode } from './negotiation-error.ts'
import { SECURE } from './stream-bits.ts'

export const goTo = (state: InitiatorState, ...outputs: InitiatorOutput[]): InitiatorStep => ({ state, outputs })

/** How a failure leaves the connection. */
export interface Farewell {
  readonly cause?: unknown
  /** What the peer is told; nothing by default. */
  readonly condition?: StreamErrorCondition
  /** Whether `</stream>` goes out; default true. */
  readonly footer?: boolean
  readonly first?: readonly InitiatorOutput[]
}

/** Gives up. */
export function fail(code: NegotiationErrorCode, farewell: Farewell = {}): InitiatorStep {
  const { condition, footer = true, first = [] } = farewell
  const error = new NegotiationError(code, 'cause' in farewell ? { cause: farewell.cause } : {})
  const streamError = condition === undefined ? undefined : new StreamError(condition)
  return goTo(
    { name: 'failed', error },
    ...first,
    { type: 'clear-negotiation-timer' },
    { type: 'failed', error, streamError, footer },
  )
}

/** Sends an initial header and waits for the answer. `from` is not shown to the path before TLS stands (RFC 6120 §4.7.1). */
export function openStream(stream: InitiatorStream, ...first: InitiatorOutput[]): InitiatorStep {
  const { domain, account, lang } = stream.policy
  const header: StreamHeader = {
    namespace: CLIENT_NAMESPACE,
    to: domain,
    version: '1.0',
    ...(account && stream.bits & SECURE && { from: account.bare.toString() }),
    ...(lang !== undefined && { lang }),
  }
  const fresh: InitiatorStream = { ...stream, features: undefined, header: undefined }
  return goTo({ name: 'awaiting-header', stream: fresh }, ...first, { type: 'send-header', header })
}
