import { isJid, parseJid } from '@parlour/jid'
import type { LinkReport } from '@parlour/server-core'
import type { Configuration } from '../configuration/schema.ts'
import { type WalkGround, walk } from '../federation/walk.ts'
import type { LinkPage, WalkStep } from '../federation/walk-step.ts'
import { AdministrationError } from './protocol.ts'
import type { AdministrationTarget } from './target.ts'

/** Characters of an error that a peer may fill. */
const MAX_ERROR_LENGTH = 300

/** @throws AdministrationError `no-federation` */
export function requireFederation({ kernel, federation: setUp, configuration }: AdministrationTarget): WalkGround {
  const { federation } = kernel
  if (federation && setUp) return { federation, setUp }
  throw new AdministrationError('no-federation', `this server speaks to no others: ${whyNot(configuration)}`)
}

function whyNot({ federation, storage }: Configuration): string {
  if (federation.enabled === false) return 'federation.enabled is false'
  if (storage === 'memory') return 'its storage is in memory; federation.enabled: true changes that'
  return 'it serves only localhost, which no other can reach; set domains, or federation.enabled: true'
}

interface LinkListing {
  readonly domain?: string | undefined
  readonly after: number
  readonly max: number
}

/** A page of the links, in the order of their domains. */
export function listLinks(target: AdministrationTarget, { domain, after, max }: LinkListing): LinkPage {
  const { federation } = requireFederation(target)
  const wanted = domain === undefined ? undefined : domainOf(domain)
  const all = federation.links().filter(({ local, remote }) => !wanted || local === wanted || remote === wanted)
  const links = all
    .sort(byDomains)
    .slice(after, after + max)
    .map(bounded)
  const { idleSeconds } = target.configuration.federation
  return { links, total: all.length, idleSeconds, counters: { ...federation.counters } }
}

function byDomains(one: LinkReport, other: LinkReport): number {
  const key = ({ remote, local, direction }: LinkReport) => `${remote} ${local} ${direction === 'outgoing' ? 0 : 1}`
  return key(one) < key(other) ? -1 : 1
}

const bounded = (link: LinkReport): LinkReport => ({ ...link, lastError: link.lastError?.slice(0, MAX_ERROR_LENGTH) })

interface WalkCall {
  readonly domain: string
  readonly from: string | undefined
  readonly seconds: number
  readonly signal: AbortSignal
  report(step: WalkStep): void
}

/** @throws AdministrationError for domains between which nothing can be tried */
export async function walkTo(
  ground: WalkGround,
  { kernel, configuration }: AdministrationTarget,
  { domain, from, seconds, signal, report }: WalkCall,
): Promise<{ works: boolean }> {
  const isOwn = (name: string): boolean => kernel.router.domainKind(name) !== 'remote'
  const remote = domainOf(domain)
  const local = domainOf(from ?? firstDomain(configuration))
  if (isOwn(remote)) throw new AdministrationError('own-domain', `${remote} is served by this server itself`)
  if (!isOwn(local)) throw new AdministrationError('domain-not-served', `this server does not serve ${local}`)
  const hasDevelopmentCertificate = configuration.certificates === 'development'
  const works = await walk({ local, remote, seconds, signal, report, hasDevelopmentCertificate }, ground)
  return { works }
}

/** One that others may know. */
const firstDomain = ({ domains }: Configuration): string =>
  domains.find((domain) => domain !== 'localhost') ?? domains[0] ?? 'localhost'

function domainOf(text: string): string {
  const jid = isJid(text) ? parseJid(text) : undefined
  if (jid && jid.local === '' && jid.resource === '') return jid.domain
  const hint = jid?.local ? `; do you mean ${jid.domain}?` : ''
  throw new AdministrationError('bad-address', `"${text}" is no domain${hint}`)
}
