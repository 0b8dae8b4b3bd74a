import { SERVER_NAMESPACE } from '@parlour/stanza'
import { createTlsInitiator, type TlsInitiatorInput } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import { parseVersion, STREAM_NAMESPACE, type StreamHeader } from '@parlour/xml-stream'
import { readDomain } from './domain.ts'
import type { Environment } from './environment.ts'
import { ending, fail } from './initiator-failure.ts'
import { progressTls } from './initiator-tls.ts'
import { negotiateNext, sendKey, takeDialbackAnswer, takeExternalAnswer } from './server-initiator-authentication.ts'
import { goTo, openStream } from './server-initiator-steps.ts'
import type {
  PeerCertificate,
  ServerInitiatorInput,
  ServerInitiatorPolicy,
  ServerInitiatorState,
  ServerInitiatorStep,
  ServerInitiatorStream,
} from './server-initiator-types.ts'
import { SECURE } from './stream-bits.ts'

/** A good {@link ServerInitiatorPolicy.negotiationTimeout}: 60 s, since dialback waits for a third server. */
export const DEFAULT_SERVER_INITIATOR_TIMEOUT = 60_000

/**
 * Begins the initiating half of a server-to-server stream on a connection that was just made.
 *
 * @param secured the connection began with TLS (XEP-0368), and the driver's policy accepts the certificate
 * @param certificate what the driver found about it; carried along
 */
export function startServerInitiator(
  policy: ServerInitiatorPolicy,
  secured: boolean,
  certificate?: PeerCertificate,
): ServerInitiatorStep {
  const stream: ServerInitiatorStream = {
    policy,
    bits: secured ? SECURE : 0,
    tls: createTlsInitiator('required', secured),
    certificate,
    features: undefined,
    header: undefined,
    externalFailure: undefined,
  }
  return openStream(stream, { type: 'set-negotiation-timer', milliseconds: policy.negotiationTimeout })
}

/**
 * One step of the initiating half (RFC 6120 §4.3, XEP-0178 §3, XEP-0220 §2.1). All that goes wrong becomes an output
 * `failed` with a `NegotiationError`; inputs that have no meaning in a state change nothing.
 */
export function stepServerInitiator(
  state: ServerInitiatorState,
  input: ServerInitiatorInput,
  _env: Environment,
): ServerInitiatorStep {
  if (state.name === 'failed' || state.name === 'established') return goTo(state)
  const { externalFailure } = state.stream
  // XEP-0178 §3 step 11: who does not accept the certificate may close instead of going on with dialback.
  if (externalFailure && (input.type === 'footer' || input.type === 'connection-lost'))
    return fail('authentication-failed', { cause: externalFailure, footer: input.type === 'footer' })
  return ending(state.name, input) ?? initiators[state.name](state.stream, input)
}

type OpenName = Exclude<ServerInitiatorState['name'], 'failed' | 'established'>
type Initiators = {
  readonly [Name in OpenName]: (stream: ServerInitiatorStream, input: ServerInitiatorInput) => ServerInitiatorStep
}

const unexpected = (): ServerInitiatorStep => fail('unexpected-element')

const onElement =
  (take: (stream: ServerInitiatorStream, element: Element) => ServerInitiatorStep) =>
  (stream: ServerInitiatorStream, input: ServerInitiatorInput): ServerInitiatorStep =>
    input.type === 'element' ? take(stream, input.element) : unexpected()

const initiators: Initiators = {
  'awaiting-header': (stream, input) => (input.type === 'header' ? takeHeader(stream, input.header) : unexpected()),
  'awaiting-features': onElement(takeFeatures),
  'awaiting-proceed': onElement((stream, element) => stepTls(stream, { type: 'element', element })),
  'awaiting-handshake': (stream, input) =>
    input.type === 'tls-established'
      ? stepTls({ ...stream, certificate: input.certificate }, { type: 'tls-established' })
      : unexpected(),
  'awaiting-external': onElement(takeExternalAnswer),
  'awaiting-dialback-key': (stream, input) =>
    input.type === 'dialback-key' ? sendKey(stream, input.key) : unexpected(),
  'awaiting-dialback-result': onElement(takeDialbackAnswer),
}

function takeHeader(stream: ServerInitiatorStream, header: StreamHeader): ServerInitiatorStep {
  if (header.namespace !== SERVER_NAMESPACE) return fail('invalid-namespace', { condition: 'invalid-namespace' })
  if ((parseVersion(header.version)?.major ?? 0) < 1)
    return fail('unsupported-version', { condition: 'unsupported-version' })
  return goTo({ name: 'awaiting-features', stream: { ...stream, header } })
}

function takeFeatures(before: ServerInitiatorStream, features: Element): ServerInitiatorStep {
  if (!features.is('features', STREAM_NAMESPACE)) return unexpected()
  // Only here: a server that does not serve the domain answers in the name of another one, and then says so (§4.9.1.3).
  if (!answersToUs(before)) return fail('invalid-addresses', { condition: 'invalid-from' })
  const stream: ServerInitiatorStream = { ...before, features }
  if (stream.tls.name === 'awaiting-features') return stepTls(stream, { type: 'features', features })
  return negotiateNext(stream, features)
}

/** RFC 6120 §4.7.1, §4.7.2: an address that is not there is passed over, another one is not. */
function answersToUs({ header, policy }: ServerInitiatorStream): boolean {
  return isDomain(header?.from, policy.remote) && isDomain(header?.to, policy.local)
}

const isDomain = (address: string | undefined, domain: string): boolean =>
  address === undefined || address === '' || readDomain(address) === domain

/** STARTTLS is decided before all else, so that a removed offer is seen before anything is sent (CVE-2016-10027). */
function stepTls(stream: ServerInitiatorStream, input: TlsInitiatorInput): ServerInitiatorStep {
  const progress = progressTls(stream, stream.policy.remote, input)
  if (progress.type === 'secured') return openStream(progress.stream)
  return progress.type === 'plain' ? fail('starttls-not-offered') : progress.step
}
