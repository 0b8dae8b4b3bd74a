import { parseVersion, type StreamHeader } from '@parlour/xml-stream'
import { type Environment, randomIdentifier } from './environment.ts'

/** What a response header says beside its identifier. */
export interface Response {
  readonly namespace: string
  /** The default language of this side (RFC 6120 §4.7.4). */
  readonly lang: string
  /** The domain that answers; without one none is named: ours or empty, never the one that was asked for (RFC 6120 §4.9.1.3). */
  readonly from: string | undefined
  readonly to: string | undefined
  /** Dialback is declared (XEP-0220 §2.4.1). */
  readonly dialback?: boolean
}

/** The response header to an initial one: a new id, and a version only if there was one (RFC 6120 §4.7.3, §4.7.5 rule 4). */
export function respond(
  initial: StreamHeader,
  { namespace, lang, from, to, dialback = false }: Response,
  env: Environment,
): { readonly type: 'send-header'; readonly header: StreamHeader } {
  const header: StreamHeader = {
    namespace,
    id: randomIdentifier(env),
    lang,
    from: from ?? '',
    ...(to !== undefined && { to }),
    ...(initial.version !== undefined && { version: '1.0' }),
    ...(dialback && { dialback }),
  }
  return { type: 'send-header', header }
}

const XMPP_MAJOR_VERSION = 1

/** RFC 6120 §4.7.5: no version means 0.9, which has neither features nor SASL. */
export const isSupportedVersion = ({ version }: StreamHeader): boolean =>
  parseVersion(version)?.major === XMPP_MAJOR_VERSION
