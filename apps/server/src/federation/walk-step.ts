import type {
  FederationErrorCode,
  FederationSecurity,
  LinkReport,
  OfferedFeatures,
  ServerTarget,
} from '@parlour/server-core'

/** Seconds that a walk to another server may take. */
export const DEFAULT_WALK_SECONDS = 60
export const MAX_WALK_SECONDS = 300

/** Something to do, and whose it is: this server's operator, or the other's. */
export interface Duty {
  readonly who: 'us' | 'them'
  readonly text: string
}

/** One question to DNS and what came back. */
export interface WalkLookup {
  readonly name: string
  readonly type: string
  readonly outcome: 'answered' | 'no-records' | 'no-name' | 'failed'
  /** As in a zone file, without name and class. */
  readonly records: readonly string[]
  /** Seconds for which the answer may be kept. */
  readonly ttl: number
  readonly nameServer?: string | undefined
  readonly error?: string | undefined
}

/** What a certificate says of itself. */
export interface CertificateFacts {
  /** Those that count for XMPP (RFC 6120 §13.7.1.2). */
  readonly names: readonly string[]
  readonly subject: string
  readonly issuer: string
  /** ISO 8601. */
  readonly notBefore: string
  readonly notAfter: string
  /** `serverAuth`, `clientAuth`, other object identifiers; empty: any. */
  readonly purposes: readonly string[]
  /** Certificates that were presented. */
  readonly chainLength: number
}

/** Why something came to nothing. */
export interface WalkFault {
  readonly code: FederationErrorCode
  readonly reason: string
}

/** A step of a walk to another server, as JSON; texts are those of DNS and of the peer, as they came. */
export type WalkStep =
  | {
      readonly step: 'begin'
      readonly local: string
      readonly remote: string
      readonly security: FederationSecurity
      /** Policy: the domain is not spoken to, and nothing follows but the end. */
      readonly refusal?: string | undefined
    }
  | {
      readonly step: 'dns'
      /** `nowhere`: nothing to connect to was found. */
      readonly source: 'static' | 'srv' | 'fallback' | 'address' | 'nowhere'
      readonly lookups: readonly WalkLookup[]
      readonly targets: readonly ServerTarget[]
      readonly fault?: string | undefined
    }
  | { readonly step: 'connecting'; readonly target: ServerTarget; readonly number: number; readonly of: number }
  | { readonly step: 'addresses'; readonly host: string; readonly addresses: readonly string[] }
  | { readonly step: 'address-failed'; readonly address: string; readonly reason: string }
  | { readonly step: 'connected'; readonly remoteAddress: string }
  | {
      readonly step: 'tls'
      readonly security: ServerTarget['security']
      readonly protocol: string
      readonly cipher: string
      readonly alpn?: string | undefined
    }
  | {
      readonly step: 'certificate'
      /** Whether it proves the domain; undefined: policy does not look at it. */
      readonly verified?: boolean | undefined
      readonly chainFault?: string | undefined
      readonly namesDomain: boolean
      readonly facts?: CertificateFacts | undefined
      readonly security: FederationSecurity
    }
  /** `stage`: before TLS, inside TLS, and once they have taken us in. */
  | ({ readonly step: 'features'; readonly stage: 'plain' | 'secure' | 'authenticated' } & OfferedFeatures)
  /** They closed at our certificate; another connection is made for dialback. */
  | { readonly step: 'external-refused'; readonly reason: string }
  /** `externalRefused`: EXTERNAL was tried before, in vain. */
  | { readonly step: 'authenticated'; readonly method: 'external' | 'dialback'; readonly externalRefused: boolean }
  | ({ readonly step: 'target-failed'; readonly target: ServerTarget } & WalkFault)
  | {
      readonly step: 'done'
      readonly works: boolean
      readonly fault?: WalkFault | undefined
      readonly duties: readonly Duty[]
      readonly milliseconds: number
    }

/** One page of `parlour s2s`. */
export interface LinkPage {
  readonly links: readonly LinkReport[]
  /** Of all pages. */
  readonly total: number
  readonly idleSeconds: number
  readonly counters: Readonly<Record<string, number>>
}
