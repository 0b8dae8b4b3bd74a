import { isJid, type Jid, parseJid } from '@parlour/jid'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { StreamError, type StreamErrorCondition, type StreamHeader } from '@parlour/xml-stream'
import { endWith } from './closing.ts'
import { readDomain } from './domain.ts'
import type { Environment } from './environment.ts'
import { featuresOf } from './receiver-features.ts'
import { awaitNegotiation } from './receiver-steps.ts'
import type { ReceiverHost, ReceiverOutput, ReceiverStep, ReceiverStream } from './receiver-types.ts'
import { isSupportedVersion, respond } from './response-header.ts'

/** Answers an initial header: a response header always, then features or the error (RFC 6120 §4.3.2, §4.9.1.2). */
export function answerHeader(stream: ReceiverStream, header: StreamHeader, env: Environment): ReceiverStep {
  const host = hostOf(stream, header.to)
  const response = responseHeader(stream, host, header, env)
  const fault = faultOf(stream, header, host)
  if (fault || !host) return endWith(fault ?? new StreamError('host-unknown'), response)
  const next: ReceiverStream = { ...stream, host, lang: languageOf(header), from: senderOf(header) }
  return awaitNegotiation(next, response, featuresOf(next, host))
}

/** The response header for a stream whose initial header never became readable (RFC 6120 §4.9.1.2). */
export function headerBeforeError(stream: ReceiverStream, env: Environment): ReceiverOutput {
  return responseHeader(stream, stream.host, { namespace: CLIENT_NAMESPACE, version: '1.0' }, env)
}

type Check = (
  stream: ReceiverStream,
  header: StreamHeader,
  host: ReceiverHost | undefined,
) => StreamErrorCondition | false

const CHECKS: readonly Check[] = [
  // §4.8.2, §4.9.3.10
  (_, header) => header.namespace !== CLIENT_NAMESPACE && 'invalid-namespace',
  // §4.7.5: no version means 0.9, which has neither features nor SASL
  (_, header) => !isSupportedVersion(header) && 'unsupported-version',
  // CVE-2018-10847: the host that authenticated the peer is the host of all later streams
  (stream, _, host) => stream.account !== undefined && host !== stream.host && 'not-authorized',
  (_, __, host) => !host && 'host-unknown', // §4.9.3.6
]

function faultOf(
  stream: ReceiverStream,
  header: StreamHeader,
  host: ReceiverHost | undefined,
): StreamError | undefined {
  for (const check of CHECKS) {
    const condition = check(stream, header, host)
    if (condition) return new StreamError(condition)
  }
  return undefined
}

function hostOf(stream: ReceiverStream, to: string | undefined): ReceiverHost | undefined {
  const domain = readDomain(to)
  if (domain === undefined) return undefined
  return stream.host?.domain === domain ? stream.host : stream.policy.host(domain)
}

function responseHeader(
  stream: ReceiverStream,
  host: ReceiverHost | undefined,
  header: StreamHeader,
  env: Environment,
): ReceiverOutput {
  const from = stream.account ? stream.host : host
  const to = recipientOf(stream, header.from)
  return respond(header, { namespace: CLIENT_NAMESPACE, lang: stream.policy.lang, from: from?.domain, to }, env)
}

/** RFC 6120 §4.7.4: a language tag, which is added to stanzas; what is none, or far longer than any (RFC 5646 §4.4.1), is not. */
function languageOf({ lang }: StreamHeader): string | undefined {
  return lang !== undefined && lang.length <= 35 && /^[a-z]{1,8}(-[a-z0-9]{1,8})*$/i.test(lang) ? lang : undefined
}

/** RFC 6120 §4.7.1: as whom the client says it comes; nothing but authentication proves it. */
const senderOf = ({ from }: StreamHeader): Jid | undefined =>
  from !== undefined && isJid(from) ? parseJid(from).bare : undefined

/** RFC 6120 §4.7.2: `to` is the bare JID of `from`, and only there if `from` was. */
function recipientOf(stream: ReceiverStream, from: string | undefined): string | undefined {
  if (from === undefined || !isJid(from)) return undefined
  return (stream.account ?? parseJid(from).bare).toString()
}
