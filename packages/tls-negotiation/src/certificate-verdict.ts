import { matchesDomain } from './certificate-identity.ts'
import type { SubjectAlternativeName } from './subject-alternative-names.ts'

/** Whether a certificate proves that the peer is a server of a domain, and if not, why, in words for an operator. */
export interface CertificateVerdict {
  readonly verified: boolean
  readonly reason?: string
}

/** Names that a reason lists, and characters of each. */
const MAX_NAMES = 5
const MAX_NAME_LENGTH = 100

/**
 * Puts what is known of a certificate together: chain and identity (RFC 6120 §13.7.2.1, XEP-0178 1.2). The reason is
 * that of the chain, where that is at fault: of a certificate that nobody vouches for, the names say nothing.
 *
 * @param chainFault why the chain is not accepted, as `verifyPeerChain()` of @parlour/transport says; undefined if it is
 * @param names of {@link certificateNames} or {@link parseSubjectAltName}
 * @param domain that the peer says to be a server of
 */
export function certificateVerdict(
  chainFault: string | undefined,
  names: readonly SubjectAlternativeName[],
  domain: string,
): CertificateVerdict {
  if (chainFault !== undefined) return { verified: false, reason: chainFault }
  if (matchesDomain(names, domain, 'server')) return { verified: true }
  return { verified: false, reason: `the certificate ${listed(names)}, not for ${domain}` }
}

function listed(names: readonly SubjectAlternativeName[]): string {
  if (names.length === 0) return 'is for no domain'
  const more = names.length - MAX_NAMES
  const shown = names.slice(0, MAX_NAMES).map(({ value }) => printable(value))
  return `is for ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** A name as text that does no harm to a log: it comes from whoever made the certificate. */
function printable(value: string): string {
  const cut = Array.from(value).slice(0, MAX_NAME_LENGTH).join('')
  return cut.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}]/gu, '\u{fffd}')
}
