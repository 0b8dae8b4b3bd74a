import { parseJid } from '@parlour/jid'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import type { ServerStatus } from '../administration/target.ts'
import type { Configuration } from '../configuration/schema.ts'
import { isFederated } from '../federation/options.ts'

/** A service that SRV records lead to (RFC 6120 §3.2.1, XEP-0368 §3). */
type ServiceName = 'xmpp-client' | 'xmpps-client' | 'xmpp-server' | 'xmpps-server'

/** A service of a domain and where it is to be had here. */
export interface NeededService {
  readonly service: ServiceName
  /** `false`: nobody listens; 0: on another port after each start. */
  readonly port: number | false
  /** The setting that says so. */
  readonly setting: string
}

/** A domain and what others have to find of it. */
export interface ServedDomain {
  /** As DNS has it. */
  readonly domain: string
  readonly kind: 'host' | 'component'
  readonly services: readonly NeededService[]
}

interface Service {
  readonly key: 'starttls' | 'directTls' | 'server' | 'serverDirectTls'
  /** As `parlour status` calls it. */
  readonly listening: string
  readonly isOfServers: boolean
}

const SERVICES: Readonly<Record<ServiceName, Service>> = {
  'xmpp-client': { key: 'starttls', listening: 'STARTTLS', isOfServers: false },
  'xmpps-client': { key: 'directTls', listening: 'direct TLS', isOfServers: false },
  'xmpp-server': { key: 'server', listening: 'servers, STARTTLS', isOfServers: true },
  'xmpps-server': { key: 'serverDirectTls', listening: 'servers, direct TLS', isOfServers: true },
}

/** All domains that are served, with the ports really listened on, if a running server tells them. */
export function servedDomains(
  configuration: Configuration,
  listening: ServerStatus['listening'] | undefined,
): ServedDomain[] {
  const services = (Object.keys(SERVICES) as ServiceName[]).map((service) =>
    neededOf(service, configuration, listening),
  )
  const ofServers = services.filter(({ service }) => SERVICES[service].isOfServers)
  return [
    ...configuration.domains.map((domain) => ({ domain: nameOf(domain), kind: 'host' as const, services })),
    ...configuration.components.map(({ domain }) => ({
      ...{ domain: nameOf(domain), kind: 'component' as const, services: ofServers },
    })),
  ]
}

function neededOf(
  service: ServiceName,
  configuration: Configuration,
  listening: ServerStatus['listening'] | undefined,
): NeededService {
  const { key, listening: kind, isOfServers } = SERVICES[service]
  if (isOfServers && !isFederated(configuration)) return { service, port: false, setting: 'federation.enabled' }
  const real = listening?.find((each) => each.kind === kind)?.port ?? false
  return { service, port: listening ? real : configuration.listen[key], setting: `listen.${key}` }
}

/** The domain of a JID as DNS has it. */
export const nameOf = (domain: string): string => toAsciiDomain(parseJid(domain).domain)

/** Of this machine alone, or not in DNS at all. */
export const isOutsideDns = (domain: string): boolean =>
  domain === 'localhost' || domain.endsWith('.localhost') || /^\[|^[\d.]+$/.test(domain)
