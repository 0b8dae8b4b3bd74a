import { stepTlsReceiver, type TlsReceiverState } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import { type ClosingStep, close } from './closing.ts'

type TlsAnswer =
  | { readonly type: 'send'; readonly element: Element }
  | { readonly type: 'start-tls'; readonly domain: string }

type TlsAnswered<Stream> =
  | ClosingStep<TlsAnswer>
  | {
      readonly state: { readonly name: 'awaiting-handshake'; readonly stream: Stream }
      readonly outputs: readonly TlsAnswer[]
    }

/** Takes an element of STARTTLS on a stream of `domain` (RFC 6120 §5.4), for both kinds of receiving machine. */
export function takeTls<Stream extends { readonly tls: TlsReceiverState }>(
  stream: Stream,
  domain: string,
  element: Element,
): TlsAnswered<Stream> {
  const { state: tls, outputs } = stepTlsReceiver(stream.tls, { type: 'element', element })
  if (tls.name !== 'awaiting-handshake') return close(true, ...outputs.filter((output) => output.type === 'send'))
  return {
    state: { name: 'awaiting-handshake', stream: { ...stream, tls } },
    outputs: outputs.flatMap((output) => toAnswer(domain, output)),
  }
}

function toAnswer(domain: string, output: ReturnType<typeof stepTlsReceiver>['outputs'][number]): TlsAnswer[] {
  if (output.type === 'send') return [output]
  return output.type === 'start-tls' ? [{ type: 'start-tls', domain }] : []
}
