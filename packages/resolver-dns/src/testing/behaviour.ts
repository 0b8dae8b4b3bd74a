import type { TestRecord } from './test-record.ts'

/** How the test server treats questions about a name. */
export interface TestBehaviour {
  /** Says nothing. */
  readonly silent?: boolean
  /** Milliseconds before it answers. */
  readonly delayMs?: number
  /** Says over UDP that the answer is cut off (RFC 1035 §4.1.1, TC). */
  readonly truncate?: boolean
  /** Answers with this code, whatever the table holds. */
  readonly rcode?: 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'NOTIMP' | 'REFUSED'
  /** Only to questions with EDNS (RFC 6891) is `rcode` answered. */
  readonly onlyExtended?: boolean
  /** Sends something wrong before the answer: one with another id, to another question, or octets that are no message. */
  readonly forged?: 'id' | 'question' | 'garbage'
  /** Sends only the wrong one. */
  readonly forgedOnly?: boolean
  /** Leaves the SOA record out of negative answers (RFC 2308 §2.1). */
  readonly withoutSoa?: boolean
  /** Leaves off at an alias, as a server does that does not have the zone of its target. */
  readonly aliasOnly?: boolean
  /** Refers to other name servers instead of answering. */
  readonly referral?: boolean
  /** Further records that were not asked for, by name. */
  readonly unrelated?: Readonly<Record<string, readonly TestRecord[]>>
}

/** How long "there is none" may be kept, in seconds. */
export interface NegativeTtl {
  readonly minimum: number
  readonly soaTtl: number
}
