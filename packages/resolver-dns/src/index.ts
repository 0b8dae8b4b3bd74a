export { DnsResolver, type DnsResolverOptions } from './dns-resolver.ts'
export type { ResolverEnvironment } from './environment.ts'
export type { Location, Role, ServerTarget } from './location.ts'
export { type Lookup, RESOLVE_ERROR_CODES, ResolveError, type ResolveErrorCode, recordsOf } from './lookup.ts'
export { type RaceOptions, raceAddresses } from './race-addresses.ts'
export type {
  AddressRecord,
  AliasRecord,
  Question,
  RecordType,
  ResourceRecord,
  SrvRecord,
  TextRecord,
  TlsaRecord,
} from './records.ts'
export type { StaticHost, StaticHosts } from './static-hosts.ts'
