import type { ReceiverHost, ReceiverPolicy } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import type { StreamHost, StreamKernel } from './kernel-port.ts'
import type { ClientStreamOptions } from './options.ts'

const NO_NAMESPACES: ReadonlySet<string> = new Set()

/** The kernel and the options, as the receiving machine wants to see them. */
export function receiverPolicy(
  kernel: StreamKernel,
  options: ClientStreamOptions,
  mechanisms: (host: StreamHost) => readonly Element[],
): ReceiverPolicy {
  // Field by field: a copy of all options costs several times as much, and each connection has one.
  return {
    lang: options.lang,
    tlsAvailable: options.tlsAvailable,
    tlsRequired: options.tlsRequired,
    negotiationTimeout: options.negotiationTimeout,
    maxAuthenticationFailures: options.maxAuthenticationFailures,
    maxBindFailures: options.maxBindFailures,
    maxRequestsBeforeAuthentication: options.maxRequestsBeforeAuthentication,
    maxNegotiationElements: options.maxNegotiationElements,
    host: (domain) => {
      const host = kernel.host(domain)
      return host && receiverHost(host, options, () => mechanisms(host))
    },
  }
}

function receiverHost(
  host: StreamHost,
  { limits, limitsBeforeAuthentication }: ClientStreamOptions,
  mechanisms: () => readonly Element[],
): ReceiverHost {
  const limitsOf = { unauthenticated: limitsBeforeAuthentication, authenticated: limits }
  return {
    domain: host.domain,
    mechanisms,
    takesSasl2: host.signIn !== undefined,
    extraFeatures: (stage, secure) => host.features(stage, secure, limitsOf[stage]),
    takesRequestsBeforeAuthentication: host.beforeAuthentication !== undefined,
    negotiationNamespaces: host.negotiationNamespaces ?? NO_NAMESPACES,
  }
}
