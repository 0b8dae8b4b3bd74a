import { CLIENT_NAMESPACE } from '@parlour/stanza'
import type { StreamHeader } from '@parlour/xml-stream'
import type { InitiatorStream } from './initiator-stream.ts'
import type { InitiatorOutput, InitiatorState, InitiatorStep } from './initiator-types.ts'
import { SECURE } from './stream-bits.ts'

export const goTo = (state: InitiatorState, ...outputs: InitiatorOutput[]): InitiatorStep => ({ state, outputs })

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
