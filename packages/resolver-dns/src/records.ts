import type { ServiceRecord } from '@parlour/routing'

/** What name servers can be asked for. */
export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'SRV' | 'TLSA' | 'TXT'

interface Owned {
  /** The name that the record is under: lower case, without the last dot. */
  readonly name: string
  /** Seconds that it may be kept, as the name server told. */
  readonly ttl: number
}

/** An address record (RFC 1035 §3.4.1, RFC 3596 §2.1). */
export interface AddressRecord extends Owned {
  readonly type: 'A' | 'AAAA'
  readonly address: string
}

/** The name is an alias of another (RFC 1035 §3.3.1). */
export interface AliasRecord extends Owned {
  readonly type: 'CNAME'
  readonly target: string
}

/** Where a service is (RFC 2782). */
export interface SrvRecord extends Owned, ServiceRecord {
  readonly type: 'SRV'
}

/** Text (RFC 1035 §3.3.14), as it came: with control characters, if it has some. */
export interface TextRecord extends Owned {
  readonly type: 'TXT'
  readonly strings: readonly string[]
}

/** A certificate that a service has (RFC 6698 §2.1). */
export interface TlsaRecord extends Owned {
  readonly type: 'TLSA'
  readonly usage: number
  readonly selector: number
  readonly matchingType: number
  readonly association: Uint8Array
}

/** A record of an answer. */
export type ResourceRecord = AddressRecord | AliasRecord | SrvRecord | TextRecord | TlsaRecord

/** What was asked. */
export interface Question {
  /** In ASCII form, lower case, without the last dot. */
  readonly name: string
  readonly type: RecordType
}
