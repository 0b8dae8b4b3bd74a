import { SERVER_NAMESPACE } from '@parlour/stanza'
import type { StreamHeader } from '@parlour/xml-stream'
import type {
  ServerInitiatorOutput,
  ServerInitiatorState,
  ServerInitiatorStep,
  ServerInitiatorStream,
} from './server-initiator-types.ts'

export const goTo = (state: ServerInitiatorState, ...outputs: ServerInitiatorOutput[]): ServerInitiatorStep => ({
  state,
  outputs,
})

/** Sends an initial header and waits for the answer. A server is public, so it always says who it is (RFC 6120 §4.7.1). */
export function openStream(stream: ServerInitiatorStream, ...first: ServerInitiatorOutput[]): ServerInitiatorStep {
  const { local, remote, lang, dialback, purpose } = stream.policy
  const header: StreamHeader = {
    namespace: SERVER_NAMESPACE,
    from: local,
    to: remote,
    version: '1.0',
    dialback: dialback || purpose === 'verify',
    ...(lang !== undefined && { lang }),
  }
  const fresh: ServerInitiatorStream = { ...stream, features: undefined, header: undefined }
  return goTo({ name: 'awaiting-header', stream: fresh }, ...first, { type: 'send-header', header })
}
