export { DnsResolver, type DnsResolverOptions } from './dns-resolver.ts'
export type { ResolverEnvironment } from './environment.ts'
export type { Location, Role, ServerTarget } from './location.ts'
export { type RaceOptions, raceAddresses } from './race-addresses.ts'
export {
  type AddressRecord,
  type AliasRecord,
  type Lookup,
  type Question,
  type RecordType,
  type ResourceRecord,
  recordsOf,
  type SrvRecord,
  type TextRecord,
  type TlsaRecord,
} from './records.ts'
export { ResolveError, type ResolveErrorCode } from './resolve-error.ts'
export type { StaticHost, StaticHosts } from './static-hosts.ts'
