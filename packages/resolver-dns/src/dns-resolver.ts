import { type ResolverEnvironment, randomFraction, systemEnvironment } from './environment.ts'
import { HostAddresses } from './host-addresses.ts'
import { HostsFile } from './hosts-file.ts'
import { lookUpLocalHost } from './local-host.ts'
import { fallbackTarget, type Location, type Role, serviceNames, targetsOf } from './location.ts'
import { type Lookup, ResolveError } from './lookup.ts'
import { addressLiteral, isLocalhost, toDnsName } from './name.ts'
import { NameServerClient } from './name-server-client.ts'
import { parseNameServer, systemNameServers } from './name-servers.ts'
import { QuestionResolver } from './question-resolver.ts'
import type { RecordType } from './records.ts'
import { type StaticHost, type StaticHosts, staticHost, staticTargets } from './static-hosts.ts'

/** How a {@link DnsResolver} asks and keeps. */
export interface DnsResolverOptions {
  /** Such as `192.0.2.53`, `127.0.0.1:5353`, `[2001:db8::53]:53`. Default: those of the machine, read again every 30 s. */
  readonly nameServers?: readonly string[]
  /** Milliseconds that one name server has for one answer. Default 2 000. */
  readonly timeoutMs?: number
  /** How often each silent name server is asked. Default 2. */
  readonly attempts?: number
  /**
   * Questions under way at the same time; more wait for their turn. Those without an answer after half a second do not
   * count, up to five times as many. Default 200.
   */
  readonly maximumQuestions?: number
  /** Answers kept; beyond, those not used for longest go. Default 10 000; 0 keeps none. */
  readonly cacheSize?: number
  /** Seconds that an answer is kept at least. Default 5. */
  readonly minimumTtl?: number
  /** Seconds that an answer is kept at most. Default 86 400. */
  readonly maximumTtl?: number
  /** Seconds that "there is none" is kept at most (RFC 2308 §5). Default 300. */
  readonly maximumNegativeTtl?: number
  /** Seconds that a failure is kept (RFC 9520 §3.2). Default 5. */
  readonly failureTtl?: number
  /** Domains and hosts that are known without asking. */
  readonly staticHosts?: StaticHosts
  /** A file like `/etc/hosts`, asked for addresses before name servers. Default: the machine's; `false`: none. */
  readonly hostsFile?: string | false
  /**
   * Asked for the addresses of single labels and names in `.local` that name servers do not know. Default: the machine
   * (`getaddrinfo`); nobody if `nameServers` are given.
   */
  lookUpLocalHost?(host: string): Promise<readonly string[]>
  readonly environment?: ResolverEnvironment
}

/**
 * Finds the servers of XMPP domains in DNS.
 *
 * @throws {RangeError} by the constructor, for a name server that is no address
 * @example
 * const resolver = new DnsResolver()
 * const { targets } = await resolver.locate('example.org', 'server')
 * for (const { host, port } of targets) console.log(port, await resolver.addresses(host))
 */
export class DnsResolver {
  readonly #environment: ResolverEnvironment
  readonly #questions: QuestionResolver
  readonly #staticHosts: ReadonlyMap<string, StaticHost>
  readonly #addresses: HostAddresses

  constructor(options: DnsResolverOptions = {}) {
    const { environment = systemEnvironment, timeoutMs = 2_000, attempts = 2, maximumQuestions = 200 } = options
    const given = options.nameServers?.map(parseNameServer)
    const nameServers = given ? () => given : systemNameServers(environment)
    const client = new NameServerClient({ nameServers, timeoutMs, attempts, maximumQuestions, environment })
    const { minimumTtl = 5, maximumTtl = 86_400, maximumNegativeTtl = 300, failureTtl = 5 } = options
    const keeping = { minimumTtl, maximumTtl, maximumNegativeTtl, failureTtl }
    this.#environment = environment
    this.#questions = new QuestionResolver(client, options.cacheSize ?? 10_000, keeping, environment)
    this.#staticHosts = new Map(Object.entries(options.staticHosts ?? {}).map(staticEntry))
    const hostsFile = options.hostsFile === false ? undefined : new HostsFile(environment, options.hostsFile)
    const ofLocalHost = options.lookUpLocalHost ?? (given ? undefined : lookUpLocalHost)
    const sources = { staticHosts: this.#staticHosts, hostsFile, lookUpLocalHost: ofLocalHost }
    this.#addresses = new HostAddresses(this.#questions, sources, environment)
  }

  /**
   * Where the servers of a domain are, in the order to try them (RFC 6120 §3.2, XEP-0368 §3, RFC 2782). Targets of
   * equal priority are drawn anew at each call, by weight.
   *
   * @param domain the domainpart of a JID
   * @throws {ResolveError}
   */
  async locate(domain: string, role: Role, signal?: AbortSignal): Promise<Location> {
    const literal = addressLiteral(domain)
    const name = literal ?? toDnsName(domain)
    const fallback = fallbackTarget(name, role)
    const known = staticHost(this.#staticHosts, name)
    const fixed = known && staticTargets(known, role, fallback)
    const location = { domain: name, role, lookups: [] }
    if (fixed?.length === 0)
      throw new ResolveError('not-offered', `the table of static hosts gives ${name} no service to ${role}s`)
    if (fixed) return { ...location, targets: fixed, source: 'static' }
    if (literal) return { ...location, targets: [fallback], source: 'address' }
    if (isLocalhost(name)) return { ...location, targets: [fallback], source: 'fallback' }
    return this.#locateInDns(name, role, signal)
  }

  async #locateInDns(domain: string, role: Role, signal: AbortSignal | undefined): Promise<Location> {
    const names = serviceNames(domain, role)
    const [directTls, startTls] = await Promise.all([
      this.#questions.lookUp({ name: names.directTls, type: 'SRV' }, signal),
      this.#questions.lookUp({ name: names.startTls, type: 'SRV' }, signal),
    ])
    const asked = [directTls, startTls]
    const targets = targetsOf(domain, role, { directTls, startTls }, () => randomFraction(this.#environment))
    if (targets) return { domain, role, targets, source: 'srv', lookups: asked }
    // RFC 6120 §3.2.1, number 9: without a response to the SRV query "it SHOULD attempt the fallback process".
    const found = await this.#addresses.find(domain, signal, asked)
    const lookups = [...asked, ...found.lookups]
    return { domain, role, targets: [fallbackTarget(domain, role)], source: 'fallback', lookups }
  }

  /**
   * The addresses of a host, IPv6 and IPv4 in turn (RFC 8305 §4); that of an address is itself.
   *
   * @throws {ResolveError}
   */
  async addresses(host: string, signal?: AbortSignal): Promise<readonly string[]> {
    const literal = addressLiteral(host)
    if (literal) return [literal]
    return (await this.#addresses.find(toDnsName(host), signal)).addresses
  }

  /**
   * Asks name servers, or answers from what is kept. That there is no such record or name, or no answer, is an outcome.
   *
   * @example
   * const { outcome, records, ttl } = await resolver.query('_xmpp-server._tcp.example.org', 'SRV')
   * @throws {ResolveError} `not-found` for what cannot be a name, `aborted`
   */
  async query(name: string, type: RecordType, signal?: AbortSignal): Promise<Lookup> {
    return this.#questions.lookUp({ name: toDnsName(name), type }, signal)
  }

  /** Forgets all answers. */
  clear(): void {
    this.#questions.clear()
  }
}

function staticEntry([name, host]: [string, StaticHost | readonly string[]]): [string, StaticHost] {
  const key = addressLiteral(name) ?? (name.startsWith('*.') ? `*.${toDnsName(name.slice(2))}` : toDnsName(name))
  return [key, 'length' in host ? { addresses: host } : host]
}
