import { type ServiceRecord, selectService } from '@parlour/routing'
import { type Lookup, ResolveError, recordsOf } from './lookup.ts'
import { isHostName } from './name.ts'

/** For whom servers are looked for: another server, or a client. */
export type Role = 'server' | 'client'

/** Where to connect, and whether TLS begins at once (XEP-0368) or with STARTTLS. */
export interface ServerTarget {
  /** A host name, or an IP address without brackets. */
  readonly host: string
  readonly port: number
  readonly security: 'direct-tls' | 'starttls'
}

/** Where the servers of a domain are, and how this was found out. */
export interface Location {
  /** As it was asked for in DNS: A-labels, lower case. */
  readonly domain: string
  readonly role: Role
  /** In the order in which to try them; at least one. */
  readonly targets: readonly ServerTarget[]
  /**
   * - `static`: the table of static hosts
   * - `srv`: SRV records
   * - `fallback`: there are none, so the domain itself (RFC 6120 §3.2.2)
   * - `address`: the domain is an IP address
   */
  readonly source: 'static' | 'srv' | 'fallback' | 'address'
  /** What was asked and what came back. */
  readonly lookups: readonly Lookup[]
}

/** The ports of RFC 6120 §14.7. */
const DEFAULT_PORTS: Readonly<Record<Role, number>> = { client: 5222, server: 5269 }

/** Where to connect without any record. */
export function fallbackTarget(host: string, role: Role): ServerTarget {
  return { host, port: DEFAULT_PORTS[role], security: 'starttls' }
}

/** The names under which the records of both kinds are: XEP-0368 §3, RFC 6120 §3.2.1. */
export function serviceNames(domain: string, role: Role): { readonly directTls: string; readonly startTls: string } {
  return { directTls: `_xmpps-${role}._tcp.${domain}`, startTls: `_xmpp-${role}._tcp.${domain}` }
}

/**
 * The targets that the answers give, in the order to try them; undefined: there are no records.
 *
 * @throws {ResolveError} `not-offered`; `failed`, `timeout` if all that is known is that one kind is not offered
 */
export function targetsOf(
  domain: string,
  role: Role,
  lookups: { readonly directTls: Lookup; readonly startTls: Lookup },
  random: () => number,
): ServerTarget[] | undefined {
  const all = [lookups.directTls, lookups.startTls]
  const answers = { directTls: recordsOf(lookups.directTls, 'SRV'), startTls: recordsOf(lookups.startTls, 'SRV') }
  const selection = selectService(answers, random)
  if (selection.kind === 'fallback') return undefined
  if (selection.kind === 'not-offered') {
    const failed = all.find(({ error }) => error)?.error
    if (failed) throw failed
    throw notOffered(domain, role, all)
  }
  const targets = selection.targets.filter(isUsable)
  if (targets.length > 0) return targets.map(({ target, port, security }) => ({ host: target, port, security }))
  throw new ResolveError('failed', `the SRV records of ${domain} name no host and port to connect to`, { lookups: all })
}

function isUsable({ target, port }: ServiceRecord): boolean {
  return port > 0 && isHostName(target)
}

function notOffered(domain: string, role: Role, lookups: readonly Lookup[]): ResolveError {
  const message = `${domain} says that it offers no XMPP service to ${role}s (SRV target ".")`
  return new ResolveError('not-offered', message, { lookups })
}
