import { BlockList, isIPv6 } from 'node:net'
import { type DnsResolver, type Lookup, recordsOf, type SrvRecord } from '@parlour/resolver-dns'
import type { NeededService, ServedDomain } from './needed-services.ts'

/** How a record compares with what is needed. */
export type RecordState = 'matches' | 'missing' | 'differs' | 'unknown'

/** A record, or several under one name, and what was found. */
export interface CheckedRecord {
  readonly name: string
  readonly type: 'SRV' | 'address'
  readonly state: RecordState
  /** Lines of a zone file; none where no record should be. */
  readonly needed: readonly string[]
  /** As in a zone file, without name, time and class. */
  readonly found: readonly string[]
  /** What is to be known of it, or done. */
  readonly notes: readonly string[]
}

/** What DNS says of a domain. */
export interface CheckedDomain {
  readonly domain: string
  readonly kind: ServedDomain['kind']
  readonly records: readonly CheckedRecord[]
  readonly nameServers: readonly string[]
  readonly works: boolean
}

/** How a domain is looked at. */
export interface CheckOptions {
  readonly resolver: Pick<DnsResolver, 'query'>
  /** The host that the records should lead to; without it that which they lead to, or the domain. */
  readonly host?: string | undefined
  /** The address of that host, where nothing else is known. */
  readonly address?: string | undefined
}

interface Asked {
  readonly needed: NeededService
  readonly lookup: Lookup
  readonly host: string
}

/** Compares DNS with what others need to find a domain. */
export async function checkDomain(
  { domain, kind, services }: ServedDomain,
  options: CheckOptions,
): Promise<CheckedDomain> {
  const { resolver } = options
  const lookups = await Promise.all(services.map(({ service }) => resolver.query(`_${service}._tcp.${domain}`, 'SRV')))
  const common = options.host ?? mostCommon(lookups.flatMap(targetsOf)) ?? domain
  const asked = services.map((needed, at): Asked => {
    const lookup = lookups[at] as Lookup
    return { needed, lookup, host: options.host ?? targetsOf(lookup)[0] ?? common }
  })
  const hosts = [...new Set(asked.filter(({ needed: { port } }) => port !== false).map(({ host }) => host))]
  const addressed = await Promise.all(hosts.map((host) => addressesOf(host, options)))
  const records = [...asked.flatMap((each) => checkService(each)), ...addressed.map(({ record }) => record)]
  const nameServers = [...lookups, ...addressed.flatMap(({ lookups }) => lookups)].flatMap(
    ({ nameServer }) => nameServer ?? [],
  )
  const works = records.every(({ state }) => state === 'matches')
  return { domain, kind, records, nameServers: [...new Set(nameServers)], works }
}

function targetsOf(lookup: Lookup): string[] {
  return recordsOf(lookup, 'SRV').flatMap(({ target }) => (target === '.' ? [] : [target]))
}

function mostCommon(names: readonly string[]): string | undefined {
  const count = (name: string) => names.filter((other) => other === name).length
  return [...names].sort((one, other) => count(other) - count(one))[0]
}

/** Nothing, where no record is needed and none is there. */
function checkService({ needed: { service, port, setting }, lookup, host }: Asked): CheckedRecord[] {
  const { name } = lookup.question
  const srv = recordsOf(lookup, 'SRV')
  const found = srv.map(({ priority, weight, port, target }) => `${priority} ${weight} ${port} ${dotted(target)}`)
  const needed = port ? [zoneLine(name, 'SRV', `0 5 ${port} ${dotted(host)}`)] : []
  const common = { name, type: 'SRV', needed, found } as const
  if (lookup.outcome === 'failed')
    return [{ ...common, state: 'unknown', notes: [lookup.error?.message ?? 'no name server could be asked'] }]
  if (port === 0)
    return [{ ...common, state: 'unknown', notes: [`the port is another after each start: set ${setting}`] }]
  if (port === false)
    return needless(srv).map((notes) => ({ ...common, state: 'differs', notes: [`${notes}${setting}`] }))
  if (srv.length === 0) return [{ ...common, state: 'missing', notes: withoutRecord(service, port) }]
  const faults = srv.flatMap((record) => faultsOf(record, port, host))
  const isThere = srv.some((record) => record.target === host && record.port === port)
  const absent = isThere || faults.length > 0 ? [] : [`none leads to ${host} port ${port}`]
  const others = srv.filter(({ target }) => target !== host && target !== '.').map(elsewhere)
  const state = isThere && faults.length === 0 ? 'matches' : 'differs'
  return [{ ...common, state, notes: [...faults, ...absent, ...others] }]
}

function needless(srv: readonly SrvRecord[]): string[] {
  return srv.some(({ target }) => target !== '.') ? ['nobody listens for that here: remove the record, or see '] : []
}

/** RFC 6120 §3.2.2: without SRV records, the domain's own address and the registered port. */
function withoutRecord(service: NeededService['service'], port: number): string[] {
  if (service === 'xmpps-client' || service === 'xmpps-server')
    return ['without it nobody begins with TLS (XEP-0368); STARTTLS does not need it']
  const standard = service === 'xmpp-client' ? 5222 : 5269
  return port === standard ? ['without any record, the address of the domain itself is tried'] : []
}

function faultsOf({ target, port: found }: SrvRecord, port: number, host: string): string[] {
  if (target === '.') return ['target "." says that there is no such service']
  return target === host && found !== port ? [`nobody listens on port ${found} here: it should be ${port}`] : []
}

const elsewhere = ({ target, port }: SrvRecord): string => `what listens at ${target} port ${port} was not looked at`

async function addressesOf(
  host: string,
  { resolver, address }: CheckOptions,
): Promise<{ record: CheckedRecord; lookups: Lookup[] }> {
  const lookups = await Promise.all([resolver.query(host, 'A'), resolver.query(host, 'AAAA')])
  const records = lookups
    .flatMap((lookup) => lookup.records)
    .flatMap((record) => (record.type === 'A' || record.type === 'AAAA' ? [record] : []))
  const alias = lookups.flatMap((lookup) => recordsOf(lookup, 'CNAME'))[0]
  const found = [
    ...(alias ? [`CNAME ${dotted(alias.target)}`] : []),
    ...records.map(({ type, address }) => `${type} ${address}`),
  ]
  const isUnknown = records.length === 0 && lookups.some(({ outcome }) => outcome === 'failed')
  const state = isUnknown ? 'unknown' : records.length === 0 ? 'missing' : alias ? 'differs' : 'matches'
  const lines = records.map(({ type, address }) => zoneLine(host, type, address))
  const unknown = zoneLine(host, address?.includes(':') ? 'AAAA' : 'A', address ?? '<address of this server>')
  const notes = [
    ...(alias ? ['is an alias: the target of an SRV record must have addresses of its own (RFC 2782)'] : []),
    ...(isUnknown ? lookups.flatMap(({ error }) => error?.message ?? []).slice(0, 1) : []),
    ...records
      .filter((record) => isLoopback(record.address))
      .map((record) => `${record.address} is reached from that machine only`),
  ]
  return {
    record: { name: host, type: 'address', state, needed: lines.length > 0 ? lines : [unknown], found, notes },
    lookups,
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
const isLoopback = (address: string): boolean => loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

const TTL = 3600
const zoneLine = (name: string, type: string, value: string): string => `${name}. ${TTL} IN ${type} ${value}`
const dotted = (name: string): string => (name === '.' ? name : `${name}.`)
