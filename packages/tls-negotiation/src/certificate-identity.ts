import { type Jid, parseJid } from '@parlour/jid'
import { toAsciiDomain } from './ascii-domain.ts'
import { expandAddress, isIpAddress } from './ip-address.ts'
import type { SubjectAlternativeName } from './subject-alternative-names.ts'

/** Which service a certificate must be for: the name in an SRVName is `_xmpp-client` or `_xmpp-server`. */
export type CertificateRole = 'client' | 'server'

/**
 * Whether a server's certificate names `domain` (RFC 6120 §13.7.2.1, RFC 9525 §6). DNS names may have `*` as their
 * whole leftmost label; an SRVName must be for this role; an XmppAddr must be exactly the domain. The common name is
 * never looked at (RFC 9525 §2). The caller has verified the chain.
 *
 * @param domain the `to` of the stream, never the SRV target; U-labels are compared in ASCII form
 * @param role `server` for server-to-server streams
 */
export function matchesDomain(
  names: readonly SubjectAlternativeName[],
  domain: string,
  role: CertificateRole = 'client',
): boolean {
  const reference = normalize(toAsciiDomain(domain))
  return reference !== '' && names.some((name) => matchers[name.type](name.value, reference, role))
}

/**
 * The bare JIDs in a client's certificate that belong to `domain` (RFC 6120 §13.7.2.2.1). Of several, the caller
 * chooses by the stream's `from` or by the authorization identity. The caller has verified the chain.
 */
export function clientIdentities(names: readonly SubjectAlternativeName[], domain: string): Jid[] {
  const jids = names.filter((name) => name.type === 'xmpp-address').flatMap((name) => tryParse(name.value) ?? [])
  return jids.filter((jid) => jid.domain === domain && jid.local !== '').map((jid) => jid.bare)
}

type Matcher = (value: string, reference: string, role: CertificateRole) => boolean

const matchers: Record<SubjectAlternativeName['type'], Matcher> = {
  dns: (value, reference) => matchesDnsName(normalize(value), reference),
  ip: (value, reference) => isIpAddress(reference) && expandAddress(value) === expandAddress(reference),
  'xmpp-address': (value, reference) => {
    const jid = tryParse(value)
    return jid?.local === '' && jid.resource === '' && normalize(jid.domain) === reference
  },
  'srv-name': (value, reference, role) => normalize(value) === `_xmpp-${role}.${reference}`,
}

/** RFC 9525 §6.3: `*` is the complete leftmost label, stands for exactly one label, and never for a top-level name. */
function matchesDnsName(presented: string, reference: string): boolean {
  if (isIpAddress(reference)) return false
  if (presented === reference) return !presented.includes('*')
  if (!presented.startsWith('*.')) return false
  const parent = presented.slice(2)
  const dot = reference.indexOf('.')
  return parent.includes('.') && !parent.includes('*') && dot > 0 && reference.slice(dot + 1) === parent
}

function normalize(domain: string): string {
  return domain.toLowerCase().replace(/\.$/, '')
}

function tryParse(text: string): Jid | undefined {
  try {
    return parseJid(text)
  } catch {
    return undefined // a name that is no JID names nobody
  }
}
