import { DomainPatterns } from './domain-patterns.ts'

/**
 * What the identity of another server rests on. TLS is always there.
 * `verified`: on its certificate, in both directions, whether SASL EXTERNAL or dialback follows.
 * `encrypted`: on its certificate if that verifies (SASL EXTERNAL), otherwise on dialback.
 * `dialback`: on dialback alone; the certificate is not looked at.
 */
export type FederationSecurity = 'verified' | 'encrypted' | 'dialback'

/** Which servers are spoken to, and how. Domains are written as in {@link DomainPatterns}. */
export interface FederationPolicyOptions {
  /** Of domains that are not in {@link FederationPolicyOptions.domains}. Default `verified`. */
  readonly security?: FederationSecurity
  readonly domains?: Readonly<Record<string, FederationSecurity>>
  /** If given, only these domains are spoken to. */
  readonly allow?: readonly string[] | undefined
  /** Never spoken to, whatever is allowed. */
  readonly deny?: readonly string[] | undefined
}

/** Answers what {@link FederationPolicyOptions} say of a domain. */
export class FederationPolicy {
  readonly #default: FederationSecurity
  readonly #domains: DomainPatterns<FederationSecurity>
  readonly #allow: DomainPatterns<true> | undefined
  readonly #deny: DomainPatterns<true>

  constructor(options: FederationPolicyOptions = {}) {
    this.#default = options.security ?? 'verified'
    this.#domains = new DomainPatterns(Object.entries(options.domains ?? {}))
    this.#allow = options.allow && listOf(options.allow)
    this.#deny = listOf(options.deny ?? [])
  }

  security(domain: string): FederationSecurity {
    return this.#domains.find(domain) ?? this.#default
  }

  /** Why a domain is not spoken to, in words for both operators; `undefined` where it is. */
  refusal(domain: string): string | undefined {
    if (this.#deny.find(domain)) return `this server does not speak to ${domain}`
    if (this.#allow && !this.#allow.find(domain))
      return `this server speaks to few others, and ${domain} is none of them`
    return undefined
  }
}

const listOf = (domains: readonly string[]) => new DomainPatterns(domains.map((domain) => [domain, true] as const))
