import { listFeatures } from './feature.ts'
import { CLIENT_STREAM_FEATURES } from './features.ts'
import type { ReceiverHost, ReceiverOutput, ReceiverStream } from './receiver-types.ts'
import { AUTHENTICATED, SECURE } from './stream-bits.ts'

/** The features of a stream, as it stands. */
export function featuresOf(
  stream: ReceiverStream,
  host: ReceiverHost,
): Extract<ReceiverOutput, { type: 'send-features' }> {
  const features = listFeatures(CLIENT_STREAM_FEATURES, stream.bits, {
    tls: stream.tls,
    mechanisms: () => host.mechanisms(),
  })
  return { type: 'send-features', features: [...features, ...extraFeatures(stream, host)] }
}

/** While TLS is mandatory and does not stand, `<starttls/>` stands alone (RFC 6120 §5.3.1, §5.4.1). */
function extraFeatures(stream: ReceiverStream, host: ReceiverHost): ReturnType<ReceiverHost['extraFeatures']> {
  const secure = (stream.bits & SECURE) !== 0
  if (!secure && stream.policy.tlsRequired) return []
  return host.extraFeatures(stream.bits & AUTHENTICATED ? 'authenticated' : 'unauthenticated', secure)
}
