import { mechanismsElement } from '@parlour/sasl'
import { SERVER_NAMESPACE } from '@parlour/stanza'
import { StreamError, type StreamErrorCondition, type StreamHeader } from '@parlour/xml-stream'
import { endWith } from './closing.ts'
import { readDomain } from './domain.ts'
import type { Environment } from './environment.ts'
import { listFeatures } from './feature.ts'
import { isSupportedVersion, respond } from './response-header.ts'
import { EXTERNAL, SERVER_STREAM_FEATURES } from './server-features.ts'
import { awaitNegotiation, establish } from './server-receiver-steps.ts'
import type {
  DomainPair,
  ServerReceiverOutput,
  ServerReceiverStep,
  ServerReceiverStream,
} from './server-receiver-types.ts'
import { AUTHENTICATED, SECURE } from './stream-bits.ts'

/** Answers an initial header: a response header always, then features or the error (RFC 6120 §4.3.2, §4.9.1.2). */
export function answerHeader(stream: ServerReceiverStream, header: StreamHeader, env: Environment): ServerReceiverStep {
  const domain = readDomain(header.to)
  const local = domain !== undefined && stream.policy.host(domain) ? domain : undefined
  const remote = stream.authenticated ?? readDomain(header.from)
  const response = responseHeader(stream, header, local, remote, env)
  const pair = local === undefined ? undefined : { remote, local }
  const fault = faultOf(stream, header, pair)
  if (fault || !pair) return endWith(fault ?? new StreamError('host-unknown'), response)
  const next: ServerReceiverStream = { ...stream, pair }
  const outputs: ServerReceiverOutput[] = [response, { type: 'send-features', features: featuresOf(next, pair) }]
  return stream.authenticated === undefined
    ? awaitNegotiation(next, ...outputs)
    : establish(next, { remote: stream.authenticated, local: pair.local }, 'external', ...outputs)
}

/** The response header for a stream whose initial header never became readable (RFC 6120 §4.9.1.2). */
export function headerBeforeError(stream: ServerReceiverStream, env: Environment): ServerReceiverOutput {
  const initial: StreamHeader = { namespace: SERVER_NAMESPACE, version: '1.0' }
  return responseHeader(stream, initial, stream.pair?.local, stream.authenticated, env)
}

function responseHeader(
  { policy, authenticated, pair }: ServerReceiverStream,
  initial: StreamHeader,
  local: string | undefined,
  to: string | undefined,
  env: Environment,
): ServerReceiverOutput {
  const from = authenticated === undefined ? local : pair?.local
  const { lang, dialbackOffered: dialback } = policy
  return respond(initial, { namespace: SERVER_NAMESPACE, lang, from, to, dialback }, env)
}

type Check = (
  stream: ServerReceiverStream,
  header: StreamHeader,
  pair: DomainPair | undefined,
) => StreamErrorCondition | StreamError | false | undefined

const CHECKS: readonly Check[] = [
  (_, header) => header.namespace !== SERVER_NAMESPACE && 'invalid-namespace', // RFC 6120 §4.8.2, §4.9.3.10
  (_, header) => !isSupportedVersion(header) && 'unsupported-version',
  // CVE-2018-10847: who authenticated for one host stays with it, and who he was stays too
  ({ authenticated, pair }, _, next) => authenticated !== undefined && next?.local !== pair?.local && 'not-authorized',
  (_, __, pair) => !pair && 'host-unknown', // §4.9.3.6
  ({ authenticated }, { from }) => !isFromOf(from, authenticated) && 'invalid-from', // §4.9.3.9
  ({ policy }, _, pair) => pair && policy.refusal?.(pair),
]

/** RFC 6120 §4.7.1: a domain, if any; after authentication, the one that was authenticated. */
function isFromOf(from: string | undefined, authenticated: string | undefined): boolean {
  if (from === undefined || from === '') return true
  const domain = readDomain(from)
  return domain !== undefined && (authenticated === undefined || domain === authenticated)
}

function faultOf(
  stream: ServerReceiverStream,
  header: StreamHeader,
  pair: DomainPair | undefined,
): StreamError | undefined {
  for (const check of CHECKS) {
    const fault = check(stream, header, pair)
    if (fault) return typeof fault === 'string' ? new StreamError(fault) : fault
  }
  return undefined
}

/** While TLS does not stand, `<starttls/>` stands alone (RFC 6120 §5.3.1, §5.4.1). */
function featuresOf({ bits, tls, policy }: ServerReceiverStream, pair: DomainPair) {
  const features = listFeatures(SERVER_STREAM_FEATURES, bits, {
    tls,
    mechanisms: () => (policy.externalOffered(pair.remote) ? [mechanismsElement([EXTERNAL])] : []),
    bidirectional: policy.bidirectional,
    dialback: policy.dialbackOffered,
  })
  if (!(bits & SECURE)) return features
  return [...features, ...policy.features(bits & AUTHENTICATED ? 'authenticated' : 'unauthenticated', true, pair)]
}
