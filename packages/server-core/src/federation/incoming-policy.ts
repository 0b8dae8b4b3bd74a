import { SM_FEATURE } from '@parlour/stream-management'
import { limitsElement, type ServerReceiverPolicy } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import type { FederationContext } from './federation-context.ts'

/** What the policy asks of the stream as it stands. */
export interface IncomingFacts {
  /** TLS stands. */
  secured(): boolean
  /** The peer's certificate proves this domain. */
  proves(domain: string): boolean
}

/** Settings and kernel, as the receiving machine wants to see them. */
export function incomingPolicy(context: FederationContext, facts: IncomingFacts): ServerReceiverPolicy {
  const { kernel, policy, limits, lang, bidirectional } = context
  return {
    ...limits,
    ...{ lang, bidirectional, tlsRequired: true, dialbackOffered: true },
    host: (domain) => kernel.isOwn(domain),
    refusal: ({ remote }) => (remote === undefined ? undefined : refusalOf(remote, context)),
    features: (stage) => features(stage === 'authenticated' || facts.secured(), context),
    externalOffered: (remote) => remote !== undefined && facts.proves(remote) && policy.security(remote) !== 'dialback',
  }
}

/** Why a domain may not be claimed by another server: it is ours, or policy does not let it in. */
export function refusalOf(remote: string, { kernel, policy }: FederationContext): StreamError | undefined {
  if (kernel.isOwn(remote)) return new StreamError('invalid-from', `${remote} is a domain of this server`)
  const refusal = policy.refusal(remote)
  return refusal === undefined ? undefined : new StreamError('policy-violation', refusal)
}

/**
 * Further features. With dialback there are none after authentication, so inside TLS they tell what will hold then.
 */
function features(isLater: boolean, { limits, streamManagement }: FederationContext): Element[] {
  const { maxStanzaBytes } = isLater ? limits.limits : limits.limitsBeforeAuthentication
  const idleSeconds = Math.floor((2 * limits.idleTimeout) / 1000)
  return [...(streamManagement ? [SM_FEATURE] : []), limitsElement({ maxBytes: maxStanzaBytes, idleSeconds })]
}
