import { stepTlsInitiator, type TlsInitiatorInput, type TlsInitiatorState } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import { type FailedStep, fail } from './initiator-failure.ts'
import { SECURE, type StreamBits } from './stream-bits.ts'

interface TlsStream {
  readonly bits: StreamBits
  readonly tls: TlsInitiatorState
}

type TlsRequest =
  | { readonly type: 'send'; readonly element: Element }
  | { readonly type: 'start-tls'; readonly domain: string }

/** Where TLS stands after a step, for both kinds of initiating machine. */
export type TlsProgress<Stream> =
  | { readonly type: 'failed'; readonly step: FailedStep<never> }
  /** The peer has the turn. */
  | {
      readonly type: 'under-way'
      readonly step: {
        readonly state: { readonly name: 'awaiting-proceed' | 'awaiting-handshake'; readonly stream: Stream }
        readonly outputs: readonly TlsRequest[]
      }
    }
  /** A new stream begins; what was learned before is void (RFC 6120 §5.4.3.3). */
  | { readonly type: 'secured'; readonly stream: Stream }
  /** Negotiation goes on without, by policy. */
  | { readonly type: 'plain'; readonly stream: Stream }

/** One step of TLS in a stream to `domain`. */
export function progressTls<Stream extends TlsStream>(
  before: Stream,
  domain: string,
  input: TlsInitiatorInput,
): TlsProgress<Stream> {
  const { state: tls, outputs } = stepTlsInitiator(before.tls, input)
  const stream: Stream = { ...before, tls }
  switch (tls.name) {
    case 'failed': {
      const footer = outputs.some((output) => output.type === 'close' && output.footer)
      return { type: 'failed', step: fail(tls.failure, { footer }) }
    }
    case 'awaiting-proceed':
    case 'awaiting-handshake': {
      const requests = outputs.flatMap((output) => toRequest(domain, output))
      return { type: 'under-way', step: { state: { name: tls.name, stream }, outputs: requests } }
    }
    case 'secured':
      return { type: 'secured', stream: { ...stream, bits: stream.bits | SECURE } }
    default:
      return { type: 'plain', stream }
  }
}

function toRequest(domain: string, output: ReturnType<typeof stepTlsInitiator>['outputs'][number]): TlsRequest[] {
  if (output.type === 'send') return [output]
  return output.type === 'start-tls' ? [{ type: 'start-tls', domain }] : []
}
